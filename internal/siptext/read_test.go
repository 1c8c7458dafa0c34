package siptext

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
)

// lines are those every request needs.
const lines = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n" +
	"From: \"A B\" <sip:alice@example.com>;tag=1\r\n" +
	"To: <sip:bob@example.com>\r\n" +
	"Call-ID: 1@a\r\n" +
	"CSeq: 1 INVITE\r\n"

// invite returns an INVITE with one more header, in line 7.
func invite(header string) string {
	return "INVITE sip:bob@example.com SIP/2.0\r\n" + lines + header + "\r\n\r\n"
}

func mustRead(t testing.TB, text string, opts Options) Result {
	t.Helper()
	r, err := Read(text, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNotesSayWhatHappens reads texts in which the EdgePort does what a reader may not expect, and looks for the note
// and for the part of the text that it points at.
func TestNotesSayWhatHappens(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		outcome Outcome
		kind    Kind
		note    string // a part of it
		at      string // the text begins so at the note's place
	}{
		"a number that is none": {invite("Expires: soon"), Converted, Ignored,
			"Expires can't be read, and the EdgePort drops it", "soon"},
		"behind folding": {invite("Expires:\r\n  12x"), Converted, Ignored, "Expires can't be read", "12x"},
		"a list": {invite("Allow: INVITE, ACK, BYE"), Converted, Info,
			"becomes 3 extensions called Allow", "Allow: INVITE"},
		"a second one": {invite("To: <sip:c@d>"), Converted, Ignored, "only the first", "To: <sip:c@d>"},
		"several contacts": {invite("Contact: <sip:a@b>, <sip:c@d>"), Converted, Info,
			"only the first of these 2 contacts", "Contact:"},
		"a line that is no header": {invite("garbage"), Converted, Ignored, "this line is no header", "garbage"},
		"no Content-Length": {invite("X-A: y") + "hello", Converted, Ignored,
			"no Content-Length, so the EdgePort sends no body", "hello"},
		"the short form b": {invite("b: <sip:a@b>"), Converted, Ignored, "drops b", "<sip:a@b>"},
		"a tel URI": {invite("Contact: <tel:+1>"), Lost, Failure,
			"loses this message: \"tel:+1\" is no sip or sips URI", "<tel:+1>"},
		"ttl": {invite("Route: <sip:a;ttl=1>"), Lost, Failure, "ttl", "1>"},
		"an empty tag": {invite("Record-Route: <sip:a>;x="), Lost, Failure,
			"the parameter \"x\" has nothing behind its =", "\r\n"},
		"an empty list": {invite("Require:"), Lost, Failure, "this header has no value", "Require:"},
		"an unknown method": {strings.ReplaceAll(invite("X-A: y"), "INVITE", "FETCH"), Lost, Failure,
			"no name for the method \"FETCH\"", "FETCH"},
		"a bad From": {strings.Replace(invite("X-A: y"), "From: ", "From: <", 1), Refused, Failure,
			"From can't be read", ""},
		"a short body": {invite("Content-Length: 9") + "abc", Refused, Failure,
			"Content-Length is 9, and the body has 3 bytes", "abc"},
		"a long body": {invite("Content-Length: 2") + "abc", Converted, Info,
			"everything behind the head is the body", "c"},
		"RAck": {invite("RAck: x"), Refused, Failure, "RAck can't be read", "x"},
		"no Call-ID": {strings.Replace(invite("X-A: y"), "Call-ID", "X-ID", 1), Dropped, Failure,
			"lacks Call-ID", "INVITE"},
		"answer 100": {"SIP/2.0 100 Trying\r\n" + lines + "\r\n", Dropped, Failure,
			"leaves answers 100 and 487", "SIP/2.0 100"},
		"two methods": {strings.Replace(invite("X-A: y"), "1 INVITE", "1 BYE", 1), Dropped, Failure,
			"isn't the CSeq's", "INVITE"},
		"no empty line": {strings.TrimSuffix(invite("X-A: y"), "\r\n\r\n"), Dropped, Ignored,
			"no empty line follows", "CSeq"},
		"nothing": {"\r\n\r\n", Dropped, Failure, "no printable character", "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := mustRead(t, c.text, Options{})
			if r.Outcome != c.outcome || (r.Reason == "") != (c.outcome == Converted) {
				t.Errorf("outcome %s (%s), want %s", r.Outcome, r.Reason, c.outcome)
			}
			for _, n := range r.Notes {
				if n.Kind == c.kind && strings.Contains(n.Message, c.note) {
					if !strings.HasPrefix(c.text[n.From:], c.at) || n.To < n.From || n.To > len(c.text) {
						t.Errorf("the note is at %q, want %q", c.text[n.From:n.To], c.at)
					}
					return
				}
			}
			t.Errorf("no note says %q: %+v", c.note, r.Notes)
		})
	}
}

// TestSpansTieFieldsToTheirText cuts the text by each span, and compares with what a rule reads there.
func TestSpansTieFieldsToTheirText(t *testing.T) {
	text := "INVITE sip:bob:pw@example.com:5070;transport=tcp SIP/2.0\r\n" + lines +
		"Expires: 60\r\nv: SIP/2.0/UDP h;rport, SIP/2.0/UDP h;rport=7\r\nm: Ünï <sip:x@h>;expires=5\r\n" +
		"Supported: a,\r\n  b\r\nX-Odd : ä\xffö\r\nAuthorization: Digest realm=\"r\", nc=0000000a\r\n" +
		"Content-Length: 2\r\n\r\nhi"
	want := map[string]string{
		"method": "INVITE", "ref": "1@a", "sender.host": "192.0.2.1", "message.requestUri.user": "bob",
		"message.requestUri.userPassword": "pw",
		"message.requestUri.host":         "example.com", "message.requestUri.port": "5070",
		"message.requestUri.transportParam": "tcp",
		"message.from.address.displayName":  "A B", "message.from.address.uri.user": "alice", "message.from.tag": "1",
		"message.from.parameters.tag": "1", "message.callId.callId": "1@a", "message.via[0].branch": "z9hG4bKa",
		"message.expires.expires": "60", "message.contact.address.displayName": "Ünï",
		"message.contact.address.uri.host": "h",
		"message.contact.expires":          "5", "message.extensions[0].value": "1 INVITE",
		"message.extensions[1].name":  "Supported",
		"message.extensions[1].value": "a", "message.extensions[2].value": "b", "message.extensions[3].name": "X-Odd",
		"message.extensions[3].value": "ä\xffö", "message.authorization.realm": "r",
		"message.authorization.nonceCount":    "0000000a",
		"message.contentLength.contentLength": "2", "message.body": "hi", "message.via[1].rPortFlag": "rport",
		"message.via[1].rPort":     "",
		"message.via[2].rPortFlag": "7", "message.via[2].rPort": "7",
	}
	got := map[string]string{}
	for _, s := range mustRead(t, text, Options{}).Spans {
		got[s.Path] = text[s.From:s.To]
	}
	for path, value := range want {
		if got[path] != value {
			t.Errorf("%s is at %q, want %q", path, got[path], value)
		}
	}
	if again := mustRead(t, text, Options{}).Spans; !slices.Equal(again, mustRead(t, text, Options{}).Spans) {
		t.Error("the same text has its spans in another order")
	}
}

func TestMalformedSequencesAreReplacedOneByOne(t *testing.T) {
	for bytes, want := range map[string]string{
		"ä": "ä", "\xff\xfe": "\uFFFD\uFFFD", "\xfc\xdf": "\uFFFD\uFFFD", "\xe2\x82": "\uFFFD", "\xe2\x82x": "\uFFFDx",
		"\xed\xa0\x80": "\uFFFD", "\xf0\x9f\x98": "\uFFFD", "\xc0\x80": "\uFFFD\uFFFD",
		"\xe0\x80\x80":     "\uFFFD\uFFFD\uFFFD",
		"\xf4\x90\x80\x80": "\uFFFD\uFFFD\uFFFD\uFFFD", "\xf0\x90x": "\uFFFDx", "a\xe9b": "a\uFFFDb", "\xf5": "\uFFFD",
	} {
		if got := Decode([]byte(bytes)); got != want {
			t.Errorf("%q is %q, want %q", bytes, got, want)
		}
		r := mustRead(t, invite("X-A: "+bytes+"\r\nContent-Length: 1")+bytes, Options{})
		if msg := r.Request.GetMessage(); msg.GetBody() != want || msg.GetExtensions()[1].GetValue() != want {
			t.Errorf("%q: body %q, extension %q", bytes, msg.GetBody(), msg.GetExtensions()[1].GetValue())
		}
	}
}

// TestTheTopViaIsWhatTheStackWrites reads requests from an address: the stack writes received and rport anew, whatever
// they were.
func TestTheTopViaIsWhatTheStackWrites(t *testing.T) {
	for params, want := range map[string]string{
		"UDP 192.0.2.1": "|-1|false", "UDP 192.0.2.2": "192.0.2.1|-1|false",
		"UDP 192.0.2.1;rport":              "192.0.2.1|5070|true",
		"UDP 192.0.2.1;rport=x;received=a": "192.0.2.1|5070|true", "UDP 192.0.2.1;received=a": "a|-1|false",
		"TCP 192.0.2.1": "|5070|true",
	} {
		text := strings.Replace(invite("Content-Length: 0"), "UDP 192.0.2.1", params, 1)
		r := mustRead(t, text, Options{SourceHost: "192.0.2.1", SourcePort: 5070})
		via := r.Request.GetMessage().GetVia()[0]
		if got := fmt.Sprintf("%s|%d|%t", via.GetReceived(), via.GetRPort(), via.GetRPortFlag()); got != want ||
			r.Outcome != Converted {
			t.Errorf("%s: %s, %s", params, got, r.Reason)
		}
	}
	for host, want := range map[string]string{
		"2001:db8::1": "2001:db8:0:0:0:0:0:1", "fe80::1%eth0": "fe80:0:0:0:0:0:0:1%eth0",
		"::ffff:192.0.2.9": "192.0.2.9", "::ffff:192.0.2.1": "",
	} {
		via := mustRead(t, invite("X-A: y"), Options{SourceHost: host}).Request.GetMessage().GetVia()[0]
		if via.GetReceived() != want {
			t.Errorf("%s is written as %q", host, via.GetReceived())
		}
	}
}

// TestAControlCharacterBeforeANameMakesABadHeader reads one in front of each name of Call-ID.
func TestAControlCharacterBeforeANameMakesABadHeader(t *testing.T) {
	for header, want := range map[string]Outcome{"\x00i: 2@b": Converted, "\x00Call-ID: 2@b": Refused} {
		r := mustRead(t, strings.Replace(invite("X: y"), "Call-ID", header+"\r\nCall-ID", 1), Options{})
		if r.Outcome != want || r.Request.GetRef() != "1@a" {
			t.Errorf("%q: %s, %s", header, r.Outcome, r.Request.GetRef())
		}
	}
}

// TestACarriageReturnBeforeALine reads what the stack of a stream moves behind the line, where it ends the head.
func TestACarriageReturnBeforeALine(t *testing.T) {
	for line, want := range map[string]string{
		"\rX-A: 1\r\nX-B: 2": "converted 1", "\r\rX-A: 1\r\nX-B: 2": "converted 2",
		"\r\r\rX-A: 1\r\nX-B: 2": "dropped 0", "X-A: 1\r\n\r\r\nX-B: 2": "dropped 1",
	} {
		r := mustRead(t, invite(line+"\r\nContent-Length: 2")+"hi", Options{Transport: "TCP"})
		n := 0
		for _, e := range r.Request.GetMessage().GetExtensions() {
			if strings.HasPrefix(e.GetName(), "X-") {
				n++
			}
		}
		if got := fmt.Sprintf("%s %d", r.Outcome, n); got != want || r.Outcome == Converted &&
			r.Request.GetMessage().GetBody() != "hi" {
			t.Errorf("%q: %s, want %s: %s", line, got, want, r.Reason)
		}
	}
	text := "\r" + invite("Content-Length: 0")
	if r := mustRead(t, text, Options{Transport: "TCP"}); r.Outcome != Dropped || r.Complete() {
		t.Errorf("a carriage return before the start line: %s", r.Outcome)
	}
}

func TestAFailureHasItsPlace(t *testing.T) {
	text := strings.Replace(invite("X-A: "+strings.Repeat("é", 200)), "To: <sip:bob@example.com>",
		"To: "+strings.Repeat("é", 100)+"<sip:bob@ex ample>", 1)
	err := mustRead(t, text, Options{}).Err()
	if err == nil || err.Line != 4 || err.Column != 117 || !strings.Contains(err.Message, "expected '>', found 'a'") {
		t.Fatalf("%v", err)
	}
	line, caret, _ := strings.Cut(err.Snippet, "\n")
	if at := []rune(line)[strings.Index(caret, "^")]; at != 'a' {
		t.Errorf("the caret is under %q:\n%s", at, err.Snippet)
	}
}

func TestTextsBeyondALimitAreRefused(t *testing.T) {
	if _, err := Read(strings.Repeat("a", MaxSize+1), Options{}); err == nil ||
		!strings.Contains(err.Error(), "at most 262144") {
		t.Errorf("a text that is too long: %v", err)
	}
	if _, err := Read("", Options{Transport: "QUIC"}); err == nil || !strings.Contains(err.Error(), `"QUIC"`) {
		t.Errorf("an unknown transport: %v", err)
	}
	r := mustRead(t, invite(strings.TrimSuffix(strings.Repeat("bad\r\n", 10_000), "\r\n")), Options{})
	if len(r.Notes) != maxNotes {
		t.Errorf("%d notes, want %d", len(r.Notes), maxNotes)
	}
	r = mustRead(t, invite(strings.Repeat("bad\r\n", 300)+strings.TrimSuffix(strings.Repeat("Route: <tel:+1>\r\n", 300),
		"\r\n")), Options{})
	if err := r.Err(); len(r.Notes) != maxNotes+moreFailures || err == nil || err.Line != 307 {
		t.Errorf("%d notes, want %d; %v", len(r.Notes), maxNotes+moreFailures, err)
	}
	r = mustRead(t, invite("Allow: "+strings.Repeat("a,", 30_000)+"a"), Options{})
	if len(r.Spans) != maxSpans || len(r.Request.GetMessage().GetExtensions()) != 30_002 {
		t.Errorf("%d spans, %d extensions", len(r.Spans), len(r.Request.GetMessage().GetExtensions()))
	}
}

// FuzzRead promises for any text and transport: an outcome with a reason unless it is converted, notes and spans within
// the text, and a request that can be encoded.
func FuzzRead(f *testing.F) {
	for i, c := range corpus(f) {
		if i%6 == 0 && len(c.text()) < 3000 {
			f.Add(c.text(), c.Transport != "udp")
		}
	}
	f.Fuzz(func(t *testing.T, text string, stream bool) {
		opts := Options{Transport: "UDP", SourceHost: "192.0.2.1", SourcePort: 5060}
		if stream {
			opts.Transport = "TCP"
		}
		r, err := Read(text, opts)
		if err != nil {
			return // too long
		}
		if (r.Outcome == Converted) != (r.Reason == "") || r.Outcome == Converted && !r.Complete() ||
			(r.Err() == nil) != (r.Outcome == Converted) {
			t.Fatalf("outcome %s, reason %q", r.Outcome, r.Reason)
		}
		for _, n := range r.Notes {
			if n.From < 0 || n.From > n.To || n.To > len(r.Text) || !utf8.ValidString(n.Message) {
				t.Fatalf("note %+v of %d bytes", n, len(r.Text))
			}
		}
		for _, s := range r.Spans {
			if s.From < 0 || s.From > s.To || s.To > len(r.Text) {
				t.Fatalf("span %+v of %d bytes", s, len(r.Text))
			}
		}
		if _, err := proto.Marshal(r.Request); err != nil {
			t.Fatal(err)
		}
		if r.Request != nil {
			Write(r.Request)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	text := ""
	for _, c := range corpus(b) {
		if c.ID == "157-softphone-behind-nat-with-rport-and-rinstance" {
			text = c.text()
		}
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(text, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTextsAreReadInBoundedTime reads texts of the largest size that are the worst for what searches or puts together:
// a reader whose work grew with the square of a text would take minutes for each.
func TestTextsAreReadInBoundedTime(t *testing.T) {
	fill := func(f func(i int) string) string {
		var out strings.Builder
		for i := 0; out.Len() < MaxSize-1000; i++ {
			out.WriteString(f(i))
		}
		return out.String()
	}
	number := func(i int) string { return strconv.FormatInt(int64(i), 36) }
	for name, header := range map[string]string{
		"parameters":       "Contact: <sip:a@b>" + fill(func(i int) string { return ";" + number(i) }),
		"URI parameters":   "Contact: <sip:a@b" + fill(func(i int) string { return ";" + number(i) }) + ">",
		"URI headers":      "Refer-To: <sip:a@b?x=y" + fill(func(i int) string { return "&" + number(i) + "=" }) + ">",
		"header names":     "X-A: a" + fill(func(i int) string { return "\r\n_" + number(i) + ":" }),
		"folded lines":     "Supported: a" + fill(func(int) string { return ",\r\n a" }),
		"a bad byte":       "Supported: \xff\r\nSupported: é" + fill(func(int) string { return ",a" }),
		"bad bytes":        "User-Agent: " + fill(func(int) string { return "\xff" }),
		"addresses":        "Route: <sip:a>" + fill(func(int) string { return ",<sip:a>" }),
		"opening brackets": "Contact: " + fill(func(int) string { return "<" }),
		"quotes":           "Contact: " + fill(func(int) string { return `"` }),
		"colons":           "Contact: <sip:" + fill(func(int) string { return ":" }),
		"charging":         "P-Charging-Function-Addresses: a" + fill(func(i int) string { return ";" + number(i) }),
		"services":         "P-Asserted-Service: urn:urn-7:" + fill(func(int) string { return "3gpp-service." }),
		"vias":             "Via: SIP/2.0/UDP a" + fill(func(int) string { return ",SIP/2.0/UDP a" }),
		"languages":        "Content-Language: a" + fill(func(int) string { return ",a" }),
		"products":         "Server: a" + fill(func(int) string { return "/a" }),
		"warnings":         `Warning: 399 a "b"` + fill(func(int) string { return `,399 a "b"` }),
		"lines of nothing": "X-A: a" + fill(func(int) string { return "\r\nx" }),
		"numbers":          "CSeq: " + fill(func(int) string { return "9" }) + " INVITE",
		"floats":           "Timestamp: " + fill(func(int) string { return "9" }) + ".5",
		"tokens":           "P-Media-Authorization: a" + fill(func(int) string { return " a" }),
		"escapes":          "Alert-Info: <a:" + fill(func(int) string { return "%41" }) + ">",
		"alerts":           "Alert-Info: <a:b>" + fill(func(int) string { return ",<a:b>" }),
		"a long name":      fill(func(int) string { return "a" }) + ": b",
	} {
		for _, transport := range []string{"UDP", "TCP"} {
			r := mustRead(t, invite(header), Options{Transport: transport})
			if len(r.Notes) > maxNotes+moreFailures || len(r.Spans) > maxSpans {
				t.Errorf("%s over %s: %d notes, %d spans", name, transport, len(r.Notes), len(r.Spans))
			}
			Write(r.Request)
		}
	}
}
