package siptext_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
)

// headers are those every message needs, five lines of them.
const headers = "Via: SIP/2.0/UDP 192.0.2.1\r\n" +
	"From: <sip:alice@example.com>;tag=1\r\n" +
	"To: <sip:bob@example.com>\r\n" +
	"Call-ID: 1\r\n" +
	"CSeq: 1 INVITE\r\n"

// invite returns an INVITE with one more header field, in line 7.
func invite(header string) string {
	return "INVITE sip:bob@example.com SIP/2.0\r\n" + headers + header + "\r\n\r\n"
}

func mustParse(t *testing.T, text string) *routrpb.MessageRequest {
	t.Helper()
	req, err := siptext.Parse(text, siptext.Options{})
	if err != nil {
		t.Fatalf("%v\nin:\n%s", err, text)
	}
	return req
}

func TestProblemsNameTheirPlace(t *testing.T) {
	tests := []struct {
		name, text, want string
		line, column     int
	}{
		{"blank text", " \n\t\n", "the text is blank", 1, 1},
		{"no SIP at all", "Hello", "no SIP message begins with", 1, 1},
		{"HTTP", "GET / HTTP/1.1\n", "the version is", 1, 7},
		{"blank lines before count", "\n\r\nHello world\n", "no SIP message begins with", 3, 1},
		{"status without a code", "SIP/2.0\n" + headers, "no status code", 1, 1},
		{"status of letters", "SIP/2.0 abc Oops\n" + headers, `the status code is "abc"`, 1, 9},
		{"status of two digits", "SIP/2.0 99 Oops\n" + headers, "expected three digits", 1, 9},
		{"UNKNOWN as a method", "UNKNOWN sip:a@b SIP/2.0\n" + headers, `method "UNKNOWN"`, 1, 1},
		{"line without a colon", invite("what is this"), "there is no colon", 7, 1},
		{"header name with a space", invite("User Agent: x"), "can't be the name", 7, 1},
		{"column counts characters", invite("Contact: äöü <sip:a@b c>"), `unexpected " " in a URI`, 7, 22},
		{"folded line", invite("Contact: <sip:a@b>;\r\n expires=x"), `expires is "x"`, 8, 10},
		{"URI without a host", invite("Contact: <sip:alice@>"), "is no host name", 7, 21},
		{"URI with a bad host", invite("Contact: <sip:alice@ex_ample!>"), "is no host name", 7, 21},
		{"URI with slashes", invite("Contact: <sip://example.com>"), "is no host name", 7, 15},
		{"URI with two hosts", invite("Contact: <sip:a@b@c>"), "is no host name", 7, 17},
		{"URI with an open bracket", invite("Contact: <sip:a@[::1>"), "is no SIP URI", 7, 11},
		{"URI with a bad IPv6 address", invite("Contact: <sip:a@[::g]>"), "is no host name", 7, 17},
		{"URI with text behind IPv6", invite("Contact: <sip:a@[::1]x>"), "is no host name", 7, 17},
		{"URI with text before IPv6", invite("Contact: <sip:a[::1]>"), "is no host name", 7, 15},
		{"URI with port 0", invite("Contact: <sip:a@b:0>"), `the port is "0"`, 7, 19},
		{"URI with a large port", invite("Contact: <sip:a@b:65536;lr>"), `the port is "65536"`, 7, 19},
		{"URI with a signed port", invite("Contact: <sip:a@b:+5060>"), `the port is "+5060"`, 7, 19},
		{"URI with a port of letters", invite("Contact: <sip:a@b:sip>"), "is no SIP URI", 7, 11},
		{"URI with a bad ttl", invite("Contact: <sip:a@b;ttl=256>"), "ttl parameter", 7, 11},
		{"URI with an empty parameter", invite("Contact: <sip:a@b;lr;;x>"), "a parameter is missing", 7, 21},
		{"URI with many parameters", invite("Contact: <sip:a@b" + strings.Repeat(";x", 101) + ">"), "more than 100", 7, 11},
		{"Request-URI that is *", "OPTIONS * SIP/2.0\n" + headers, "is no sip or sips URI", 1, 9},
		{"wildcard in From", invite("From: *"), "From is there twice", 7, 1},
		{"wildcard with parameters", invite("Contact: *;q=1"), "is no sip or sips URI", 7, 10},
		{"no > for a <", invite("Contact: <sip:a@b"), "there is no > for this <", 7, 10},
		{"text behind the URI", invite("Contact: <sip:a@b> x"), "expected ; and a parameter", 7, 20},
		{"text behind a display name", invite(`Contact: "A" B <sip:a@b>`), "after a quoted string", 7, 13},
		{"colon in a display name", invite(`Contact: a:b <sip:a@b>`), "must be put in quotes", 7, 11},
		{"space in a parameter's value", invite("Contact: <sip:a@b>;x=a b"), `unexpected " "`, 7, 23},
		{"text behind a quoted value", invite(`Contact: <sip:a@b>;x="a"b`), "after a quoted string", 7, 25},
		{"parameter without a name", invite("Contact: <sip:a@b>;=x"), "can't be the name of a parameter", 7, 20},
		{"q above 1", invite("Contact: <sip:a@b>;q=1.1"), `q is "1.1"`, 7, 22},
		{"q that is no decimal", invite("Contact: <sip:a@b>;q=0x1p-2"), `q is "0x1p-2"`, 7, 22},
		{"q that isn't a number", invite("Contact: <sip:a@b>;q=NaN"), `q is "NaN"`, 7, 22},
		{"empty Contact", invite("Contact: "), "a value is missing", 7, 9},
		{"comma at the end", invite("Route: <sip:a>,"), "a value is missing", 7, 16},
		{"bad Record-Route", invite("Record-Route: <sip:a>, b"), "is no sip or sips URI", 7, 24},
		{"bad Via", invite("Via: UDP 192.0.2.1"), "is no Via", 7, 6},
		{"Via without a host", invite("Via: SIP/2.0/UDP"), "is no Via", 7, 6},
		{"Via with a bad host", invite("Via: SIP/2.0/UDP exa mple"), "is no host name", 7, 18},
		{"Via with a large port", invite("Via: SIP/2.0/UDP a:65536"), "the port is", 7, 20},
		{"Via with a bad rport", invite("Via: SIP/2.0/UDP a;rport=x"), "rport is", 7, 26},
		{"Via with a bad ttl", invite("Via: SIP/2.0/UDP a;ttl=256"), "ttl is", 7, 24},
		{"nonce count that isn't hexadecimal", invite("Authorization: Digest nc=0000000g"), "nc is", 7, 26},
		{"negative nonce count", invite("Authorization: Digest nc=-1"), "nc is", 7, 26},
		{"Digest without parameters", invite("Authorization: Digest"), "a value is missing", 7, 22},
		{"empty Authorization", invite("Authorization:"), "is no authentication scheme", 7, 15},
		{"bad challenge", invite(`WWW-Authenticate: Digest realm="a", , x=y`), "a value is missing", 7, 36},
		{"empty Expires", invite("Expires:"), "Expires is", 7, 9},
		{"Call-ID of two words", strings.Replace(invite("X: y"), "Call-ID: 1", "Call-ID: 1 2", 1), "the Call-ID is", 5, 10},
		{"CSeq without a method", strings.Replace(invite("X: y"), "CSeq: 1 INVITE", "CSeq: 1", 1), "the CSeq is", 6, 7},
		{"CSeq of an unknown method", strings.Replace(invite("X: y"), "CSeq: 1 INVITE", "CSeq: 1 FOO", 1), `method "FOO"`, 6, 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := siptext.Parse(tt.text, siptext.Options{})
			var at *siptext.Error
			if !errors.As(err, &at) {
				t.Fatalf("got %v and error %v, want an *Error", req, err)
			}
			if at.Line != tt.line || at.Column != tt.column || !strings.Contains(at.Message, tt.want) {
				t.Errorf("got %d:%d %q, want %d:%d %q", at.Line, at.Column, at.Message, tt.line, tt.column, tt.want)
			}
		})
	}
}

func TestOddButAllowedFormsAreRead(t *testing.T) {
	tests := []struct {
		name, header string
		got          func(*routrpb.SIPMessage) any
		want         any
	}{
		{"white space around a Via's port", "Via: SIP/2.0/UDP a.example.com : 5062 ; ttl = 3", func(m *routrpb.SIPMessage) any { return m.Via[1].Port }, int32(5062)},
		{"IPv6 address in a Via without port", "Via: SIP/2.0/UDP [::1]", func(m *routrpb.SIPMessage) any { return m.Via[1].Port }, int32(-1)},
		{"rport without value, its flag", "Via: SIP/2.0/UDP a;rport", func(m *routrpb.SIPMessage) any { return m.Via[1].RPortFlag }, true},
		{"rport without value, its number", "Via: SIP/2.0/UDP a;rport", func(m *routrpb.SIPMessage) any { return m.Via[1].RPort }, int32(-1)},
		{"no rport", "Via: SIP/2.0/UDP a", func(m *routrpb.SIPMessage) any { return m.Via[1].RPortFlag }, false},
		{"transport in lower case", "Via: SIP/2.0/udp a", func(m *routrpb.SIPMessage) any { return m.Via[1].Transport }, "udp"},
		{"branch name in upper case", "Via: SIP/2.0/UDP a;BRANCH=z9hG4bKx", func(m *routrpb.SIPMessage) any { return m.Via[1].Branch }, "z9hG4bKx"},
		{"scheme in upper case", "Contact: <SIPS:a@b>", func(m *routrpb.SIPMessage) any { return m.Contact.Address.Uri.Secure }, true},
		{"URI parameter in upper case", "Contact: <sip:a@b;Transport=WS>", func(m *routrpb.SIPMessage) any { return m.Contact.Address.Uri.TransportParam }, "WS"},
		{"lr before URI headers", "Contact: <sip:b;lr?X=y>", func(m *routrpb.SIPMessage) any { return m.Contact.Address.Uri.LrParam }, true},
		{"host with an underscore", "Contact: <sip:a@my_host>", func(m *routrpb.SIPMessage) any { return m.Contact.Address.Uri.Host }, "my_host"},
		{"quoted > in a parameter", `Contact: <sip:a@b>;x=">";expires=9`, func(m *routrpb.SIPMessage) any { return m.Contact.Expires }, int32(9)},
		{"parameter twice", "Contact: <sip:a@b>;expires=1;expires=2", func(m *routrpb.SIPMessage) any { return m.Contact.Expires }, int32(2)},
		{"first of two Contacts", "Contact: <sip:a@b>\r\nContact: <sip:c@d>", func(m *routrpb.SIPMessage) any { return m.Contact.Address.Uri.User }, "a"},
		{"wildcard without URI", "Contact: *", func(m *routrpb.SIPMessage) any { return m.Contact.Address.Uri == nil && m.Contact.Address.Wildcard }, true},
		{"credentials that aren't parameters", "Authorization: Basic YTpi==", func(m *routrpb.SIPMessage) any { return m.Authorization.Scheme }, "Basic"},
		{"nonce count in hexadecimal", "Authorization: Digest nc=0000001f", func(m *routrpb.SIPMessage) any { return m.Authorization.NonceCount }, int32(31)},
		{"no nonce count", `Authorization: digest realm="a, \"b\""`, func(m *routrpb.SIPMessage) any { return m.Authorization.NonceCount }, int32(-1)},
		{"quoted pairs stay", `Authorization: digest realm="a, \"b\""`, func(m *routrpb.SIPMessage) any { return m.Authorization.Realm }, `a, \"b\"`},
		{"stale in any case", "WWW-Authenticate: Digest stale=True", func(m *routrpb.SIPMessage) any { return m.WwwAuthenticate.Stale }, true},
		{"extension name in its usual form", "uSER-aGENT: x", func(m *routrpb.SIPMessage) any { return m.Extensions[1].Name }, "User-Agent"},
		{"unknown extension name as written", "x-TENANT: x", func(m *routrpb.SIPMessage) any { return m.Extensions[1].Name }, "x-TENANT"},
		{"extension without a value", "X-Empty:", func(m *routrpb.SIPMessage) any { return m.Extensions[1].Value }, ""},
		{"extension folded twice", "X: a \r\n\tb\r\n  c", func(m *routrpb.SIPMessage) any { return m.Extensions[1].Value }, "a b c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.got(mustParse(t, invite(tt.header)).GetMessage()); got != tt.want {
				t.Errorf("%s: got %v, want %v", tt.header, got, tt.want)
			}
		})
	}
}

func TestSnippetOfALongLineShowsThePlace(t *testing.T) {
	_, err := siptext.Parse(invite("Contact: <sip:"+strings.Repeat("a", 300)+"\t@b>"+strings.Repeat("c", 300)), siptext.Options{})
	var at *siptext.Error
	if !errors.As(err, &at) {
		t.Fatal(err)
	}
	line, caret, _ := strings.Cut(at.Snippet, "\n")
	if got := string([]rune(line)[strings.Index(caret, "^"):][:3]); got != " @b" {
		t.Errorf("the caret is at %q:\n%s", got, at.Snippet)
	}
	if len([]rune(line)) > 120 {
		t.Errorf("the snippet is %d characters wide", len([]rune(line)))
	}
}

func TestProblemsAreBounded(t *testing.T) {
	_, err := siptext.Parse("INVITE sip:a@b SIP/2.0\n"+strings.Repeat("bad\n", 10000), siptext.Options{})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 20 {
		t.Errorf("got %T, want 20 problems", err)
	}
}

func TestLongestTextIsAUDPDatagram(t *testing.T) {
	text := invite("Subject: x")
	text += strings.Repeat("a", siptext.MaxSize-len(text))
	if got := mustParse(t, text).GetMessage().GetBody(); len(got) < 60000 {
		t.Errorf("the body has %d bytes", len(got))
	}
	if _, err := siptext.Parse(text+"a", siptext.Options{}); err == nil || !strings.Contains(err.Error(), "65535") {
		t.Errorf("one byte more: %v", err)
	}
}

func TestEveryMethodIsRead(t *testing.T) {
	for number, name := range routrpb.Method_name {
		if number == 0 {
			continue
		}
		text := strings.ReplaceAll(invite("X: y"), "INVITE", strings.ToLower(name))
		if got := mustParse(t, text).GetMethod(); got != routrpb.Method(number) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestEveryStatusOfTheTableIsRead(t *testing.T) {
	seen := map[routrpb.ResponseType]int{}
	for code := range 1000 {
		req, err := siptext.Parse(fmt.Sprintf("SIP/2.0 %03d Some reason\n%s\n", code, headers), siptext.Options{})
		if err == nil {
			if other, ok := seen[req.GetMessage().GetResponseType()]; ok {
				t.Errorf("%d and %d are both %v", other, code, req.GetMessage().GetResponseType())
			}
			seen[req.GetMessage().GetResponseType()] = code
		}
	}
	// Those that name no single code: UNKNOWN, SUCCESS, REDIRECTION, CLIENT_ERROR, SERVER_ERROR, GLOBAL_ERROR.
	if want := len(routrpb.ResponseType_name) - 6; len(seen) != want {
		t.Errorf("%d codes are read, want %d", len(seen), want)
	}
	for want, code := range map[routrpb.ResponseType]int{
		routrpb.ResponseType_TRYING: 100, routrpb.ResponseType_OK: 200, routrpb.ResponseType_SESSION_NOT_ACCEPTABLE: 606,
		routrpb.ResponseType_BUSY_HERE: 486, routrpb.ResponseType_MESSAGE_TOO_LARGE: 513, routrpb.ResponseType_BAD_EVENT: 489,
	} {
		if seen[want] != code {
			t.Errorf("%v is %d, want %d", want, seen[want], code)
		}
	}
}

func TestOptionsFillWhatTextCantTell(t *testing.T) {
	opts := siptext.Options{
		EdgePortRef:     "edgeport-eu",
		ListeningPoints: []*routrpb.NetInterface{{Host: "::", Port: 5061, Transport: routrpb.Transport_TLS}},
		ExternalAddrs:   []string{"203.0.113.7"},
		Localnets:       []string{},
		ResponseHost:    "192.0.2.50",
		ResponsePort:    5080,
	}
	req, err := siptext.Parse("SIP/2.0 180 Ringing\n"+headers+"\n", opts)
	if err != nil {
		t.Fatal(err)
	}
	req.Message = nil
	want := &routrpb.MessageRequest{
		Ref: "1", EdgePortRef: "edgeport-eu", Method: routrpb.Method_INVITE,
		Sender:          &routrpb.NetInterface{Host: "192.0.2.50", Port: 5080, Transport: routrpb.Transport_UDP},
		ListeningPoints: opts.ListeningPoints, ExternalAddrs: []string{"203.0.113.7"},
	}
	if diff := cmp.Diff(want, req, protocmp.Transform()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	req.ListeningPoints[0].Host, req.ExternalAddrs[0] = "changed", "changed"
	if opts.ListeningPoints[0].Host != "::" || opts.ExternalAddrs[0] != "203.0.113.7" {
		t.Error("the result shares memory with the options")
	}
}

func TestInvalidUTF8IsReplaced(t *testing.T) {
	req := mustParse(t, invite("Subject: \xff\xfe caf\xe9")+"body \xc3")
	if got := req.GetMessage().GetExtensions()[1].GetValue(); got != "\uFFFD caf\uFFFD" {
		t.Errorf("Subject: %q", got)
	}
	if got := req.GetMessage().GetBody(); got != "body \uFFFD" {
		t.Errorf("body: %q", got)
	}
}

func TestByteOrderMarkIsSkipped(t *testing.T) {
	mustParse(t, "\uFEFF"+invite("X: y"))
}
