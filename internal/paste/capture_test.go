package paste

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/sample"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// dotted shows a message as ngrep -W byline does: a dot for each carriage return.
func dotted(sip string) string { return strings.ReplaceAll(sip, "\r\n", ".\n") }

// lf shows it without carriage returns.
func lf(sip string) string { return strings.ReplaceAll(sip, "\r\n", "\n") }

// TestCapturesAreTakenApart puts two messages into what the tools of the field write, and reads the same two.
func TestCapturesAreTakenApart(t *testing.T) {
	invite, _ := sample.ByName("invite-sdp")
	bye, _ := sample.ByName("bye")
	ok, _ := sample.ByName("invite-ok")
	header := "E..{..@.@..%\n......(.{....v."
	tokens := "E..{..@.@..%\n...\n...........v." // what stands before a method may pass for a part of it
	verbose := "03:04:05.123456 IP (tos 0x0, ttl 64, id 1234, offset 0, flags [DF], proto UDP (17), length 812)\n" +
		"    10.0.0.1.5070 > 10.0.0.2.5060: [udp sum ok] SIP, length: 784\n"
	summary := "03:04:05.123456 eth0  In  IP 10.0.0.1.5070 > 10.0.0.2.5060: SIP: INVITE " +
		"sip:1002@sip.example.com SIP/2.0\n"
	for name, c := range map[string]struct{ text, source string }{
		"back to back":             {invite.SIP + bye.SIP, ""},
		"without carriage returns": {lf(invite.SIP) + "\n" + lf(bye.SIP), ""},
		"a mark and blank lines":   {"\uFEFF\r\n\n" + invite.SIP + "\r\n\r\n" + bye.SIP, ""},
		"ngrep": {
			"interface: any\nfilter: (ip) and (port 5060)\n#\n" +
				"U 2026/01/02 03:04:05.123456 10.0.0.1:5070 -> 10.0.0.2:5060 #1\n" + dotted(invite.SIP) +
				"\n##\nU 2026/01/02 03:04:06.123456 10.0.0.1:5070 -> 10.0.0.2:5060 #3\n" + dotted(bye.SIP),
			"10.0.0.1:5070",
		},
		"sipgrep": {
			"U 10.0.0.1:5070 -> 10.0.0.2:5060\n" + lf(invite.SIP) + "\n\nU 10.0.0.1:5070 -> 10.0.0.2:5060\n" +
				lf(bye.SIP), "10.0.0.1:5070",
		},
		"sngrep": {"2026/01/02 03:04:05.123456 10.0.0.1:5070 -> 10.0.0.2:5060\n" + invite.SIP +
			"\n2026/01/02 03:04:06.123456 10.0.0.1:5070 -> 10.0.0.2:5060\n" + bye.SIP + "\n", "10.0.0.1:5070"},
		"tcpdump -A": {
			"03:04:05.123456 IP 10.0.0.1.5070 > 10.0.0.2.5060: SIP: INVITE sip:1002@sip.example.com SIP/2.0\n" +
				header + lf(invite.SIP) +
				"\n03:04:06.123456 IP 10.0.0.1.5070 > 10.0.0.2.5060: SIP: BYE sip:1002@sip.example.com SIP/2.0\n" +
				header + lf(bye.SIP), "10.0.0.1:5070",
		},
		"tcpdump -A, header of token characters": {
			summary + tokens + lf(invite.SIP) + "\n" + summary + tokens + lf(bye.SIP), "10.0.0.1:5070",
		},
		"tcpdump -A, checksums of letters": {
			summary + tokens + "vv" + lf(invite.SIP) + "\n" + summary + "E..\nQ" + lf(bye.SIP), "10.0.0.1:5070",
		},
		"tcpdump -v": {verbose + tabbed(invite.SIP) + "\n" + verbose + tabbed(bye.SIP), "10.0.0.1:5070"},
		"tcpdump -v -A": {verbose + tabbed(invite.SIP) + "\n" + tokens + lf(invite.SIP) + "\n" +
			verbose + tabbed(bye.SIP) + "\n" + tokens + lf(bye.SIP), "10.0.0.1:5070"},
		"tcpdump -X": {
			summary + hexRows("AB"+invite.SIP) + summary + hexRows("AB"+bye.SIP) + "2 packets captured\n",
			"10.0.0.1:5070",
		},
		"Homer": {"proto:UDP 2026-01-02T03:04:05.123Z  10.0.0.1:5070 ---> 10.0.0.2:5060\n\n" + lf(invite.SIP) +
			"\n\nproto:UDP 2026-01-02T03:04:05.123Z  10.0.0.1:5070 ---> 10.0.0.2:5060\n\n" + lf(bye.SIP),
			"10.0.0.1:5070"},
		"indented": {
			strings.ReplaceAll("\n"+invite.SIP, "\n", "\n   ") + "\n" + strings.ReplaceAll("\n"+bye.SIP, "\n", "\n   "),
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := All([]byte(c.text), How{})
			if err != nil || len(all) != 2 {
				t.Fatalf("%d messages, %v", len(all), err)
			}
			for i, m := range []sample.Message{invite, bye} {
				if all[i].Outcome != siptext.Converted || all[i].Form != "sip" {
					t.Errorf("message %d: %s, %s: %s", i, all[i].Form, all[i].Outcome, all[i].Reason)
				}
				opts := How{}
				if c.source != "" {
					opts = How{SourceHost: "10.0.0.1", SourcePort: 5070}
				}
				want, err := SIP(m.SIP, opts)
				if err != nil {
					t.Fatal(err)
				}
				if got := sipMessage(t, all[i].Wire); got != sipMessage(t, want[0].Wire) {
					t.Errorf("message %d is %s\nwant %s\nof:\n%s", i, got, sipMessage(t, want[0].Wire), all[i].SIP)
				}
			}
		})
	}
	all, err := All([]byte("T 2026/01/02 03:04:05 [2001:db8::1]:5070 -> [2001:db8::2]:5060\n"+ok.SIP), How{})
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	req, err := message.Parse(all[0].Wire)
	if err != nil || !strings.Contains(string(req.AppendJSON(nil)),
		`"sender":{"host":"2001:db8:0:0:0:0:0:1","port":5070,`) {
		t.Errorf("an answer's sender isn't the capture's: %v, %s", err, req.AppendJSON(nil))
	}
}

// tabbed shows a message as tcpdump -v does.
func tabbed(sip string) string {
	return "\t" + strings.ReplaceAll(strings.TrimSuffix(lf(sip), "\n"), "\n", "\n\t") + "\n"
}

// hexRows shows a packet as tcpdump -X does, with the headers of IP and UDP before its payload.
func hexRows(payload string) string {
	var out strings.Builder
	for at, b := 0, []byte("E\x00\x03\x20\x12\x34@\x00@\x11\xab\xcd\n\x00\x00\x01\n"+
		"\x00\x00\x02\x13\xce\x13\xc4\x03\x14"+payload); at < len(b); at += 16 {
		row := b[at:min(at+16, len(b))]
		var digits []string
		for i := 0; i < len(row); i += 2 {
			digits = append(digits, fmt.Sprintf("%x", row[i:min(i+2, len(row))]))
		}
		fmt.Fprintf(&out, "\t0x%04x:  %-39s  %s\n", at, strings.Join(digits, " "), strings.Repeat(".", len(row)))
	}
	return out.String()
}

// TestLinesOfToolsAreTold reads what stands before packets, and what looks like it.
func TestLinesOfToolsAreTold(t *testing.T) {
	for line, want := range map[string]string{
		"U 10.0.0.1:5070 -> 10.0.0.2:5060":                                             "10.0.0.1:5070 UDP",
		"T 10.0.0.1:5070 -> 10.0.0.2:5060 [AP] #4":                                     "10.0.0.1:5070 TCP",
		"U +0.000123 10.0.0.1:5070 -> 10.0.0.2:5060":                                   "10.0.0.1:5070 UDP",
		"U phone.local:5070 -> 10.0.0.2:5060":                                          ":0 UDP",
		"03:04:05.123456 IP 10.0.0.1.5070 > 10.0.0.2.5060: Flags [P.], seq 1:9":        "10.0.0.1:5070 TCP",
		"03:04:05.123456 IP6 2001:db8::1.5070 > 2001:db8::2.5060: UDP, length 5":       "2001:db8::1:5070 ",
		"03:04:05.123456 IP phone.local.sip > pbx.local.sip: SIP: BYE sip:a@b SIP/2.0": ":0 ",
		"2026/01/02 03:04:05.1 [2001:db8::1]:5070 -> [2001:db8::2]:5060\r":             "2001:db8::1:5070 ",
		"proto:UDP 2026-01-02T03:04:05Z  10.0.0.1:5070 ---> 10.0.0.2:5060":             "10.0.0.1:5070 ",
		"INVITE sip:a@10.0.0.1:5060 SIP/2.0":                                           "",
		"U 10.0.0.1:5070 -> 10.0.0.2:70000":                                            "",
		"T: <sip:a@10.0.0.1:5060> 10.0.0.1:1":                                          "",
		"a=x:1 > b:2":                                                                  "", "U >": "", "": "",
		"    Via: 10.0.0.1:5070 > 10.0.0.2:5060": "",
	} {
		got := ""
		if isPacketLine(line) {
			c, _ := packet(line)
			got = fmt.Sprintf("%s:%d %s", c.sourceHost, c.sourcePort, c.transport)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

// TestWhatAToolSaysAtItsEndIsNoBody reads captures to their end.
func TestWhatAToolSaysAtItsEndIsNoBody(t *testing.T) {
	m, _ := sample.ByName("invite-sdp")
	for _, end := range []string{
		"\n##exit\n 9 received, 0 dropped\n", "\n^C\n2 packets captured\n4 packets received by filter\n" +
			"0 packets dropped by kernel\n", "\n^C1 packet captured\n",
	} {
		all, err := All([]byte("U 10.0.0.1:5070 -> 10.0.0.2:5060\n"+lf(m.SIP)+end), How{})
		if err != nil || len(all) != 1 || all[0].SIP != m.SIP {
			t.Errorf("%q: %v, %+v", end, err, all)
		}
	}
}

// TestHexadecimalColumnsAreReadByteForByte reads what a tool that shows characters can't show.
func TestHexadecimalColumnsAreReadByteForByte(t *testing.T) {
	m, _ := sample.ByName("options-ping")
	sip := strings.Replace(m.SIP, "\r\n\r\n", "\r\nX-A: \xfc\x01é\r\n\r\n", 1)
	all, err := All([]byte(hexRows(sip)+"0x0000: zz\n\t0x0010:  123\n"), How{})
	if err != nil || len(all) != 1 || all[0].SIP != sip {
		t.Errorf("%v, %+v", err, all)
	}
}

// TestAStartLineWithinABodyBeginsNoMessage reads a message/sipfrag.
func TestAStartLineWithinABodyBeginsNoMessage(t *testing.T) {
	notify, _ := sample.ByName("notify-refer")
	if !strings.Contains(notify.SIP, "\r\n\r\nSIP/2.0 ") {
		t.Fatal("the sample has no such body")
	}
	all, err := All([]byte(notify.SIP+notify.SIP), How{})
	if err != nil || len(all) != 2 || all[1].SIP != notify.SIP {
		t.Errorf("%d messages, %v", len(all), err)
	}
}

func TestOtherFormsAreRecognised(t *testing.T) {
	m, _ := sample.ByName("invite-sdp")
	sip, err := SIP(m.SIP, How{})
	if err != nil {
		t.Fatal(err)
	}
	wire := sip[0].Wire
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	view := string(req.AppendJSON(nil))
	decision := fmt.Sprintf(`{"id":"a-1","time":"2026-01-02T03:04:05Z","callId":"x","message":%s}`, view)
	wrapped := base64.StdEncoding.EncodeToString([]byte(m.SIP))
	for name, c := range map[string]struct {
		text, form string
		n          int
	}{
		"a view":                {view, "json", 1},
		"two views":             {view + "\n" + view, "json", 2},
		"a decision":            {decision, "decision", 1},
		"a file of decisions":   {decision + "\n" + decision + "\n", "decision", 2},
		"protobuf":              {string(wire), "protobuf", 1},
		"protobuf in base64":    {base64.StdEncoding.EncodeToString(wire), "protobuf", 1},
		"base64 for URLs":       {base64.RawURLEncoding.EncodeToString(wire), "protobuf", 1},
		"SIP in base64":         {wrapped, "sip", 1},
		"base64 in short lines": {wrapped[:70] + "\n" + wrapped[70:], "sip", 1},
	} {
		all, err := All([]byte(c.text), How{})
		if err != nil || len(all) != c.n {
			t.Errorf("%s: %d messages, %v", name, len(all), err)
			continue
		}
		for _, one := range all {
			if one.Form != c.form || sipMessage(t, one.Wire) != sipMessage(t, wire) {
				t.Errorf("%s: form %s\n%s", name, one.Form, sipMessage(t, one.Wire))
			}
			if back, err := SIP(one.SIP, How{}); err != nil || sipMessage(t, back[0].Wire) != sipMessage(t, wire) {
				t.Errorf("%s: its SIP text reads otherwise: %v\n%s", name, err, one.SIP)
			}
			if len(one.Spans) < 20 {
				t.Errorf("%s: %d spans", name, len(one.Spans))
			}
		}
	}
}

// TestWhatIsNotRecognisedIsToldByForm looks for the forms that were tried, and why each is none.
func TestWhatIsNotRecognisedIsToldByForm(t *testing.T) {
	for text, want := range map[string][]string{
		" \n": {"the text is blank"},
		"hello": {
			`begins with "hello"`, "no line is a method", "JSON, which begins with {", "base64",
			"bytes of a MessageRequest",
		},
		"U 1.2.3.4:5 -> 6.7.8.9:1\nx": {`begins with "U 1.2`, "no line is a method"},
		"aGVsbG8gd29ybGQ=":            {"It may be base64, but of neither"},
		"{]": {
			"line 1, column 2: the text begins with {, but isn't JSON", "1 | {]\n", " |  ^",
		},
		"\n {\"ref\":\"a\"}\n{\"a\":1,\n\"b\",}": {"line 4, column 4: the text begins with {, but isn't JSON"},
		`{"ref":"x"`:                             {"line 1, column 11", "ends too early"},
		`{"id":"d1","time":"x"}`:                 {`decision "d1" has no message`, "GET /api/v1/decisions/{id}"},
		`{"metod":1}`:                            {`line 1, column 2: read a MessageRequest from JSON: unknown field "metod"`},
		"\n{\"ref\":\"x\"}\n\n{\"message\":\n {\"body\":\"é\", \"x\":1}}": {`line 5, column 15: `, `field "x"`},
		`{"message":{"messageType":"requestUri","x":1}}`:                  {`field "x"`},
		"INVITE SIP/2.0\n\n": {"line 1, column 11", "expected a colon"},
	} {
		_, err := single(text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v\nlacks %q", text, err, part)
			}
		}
	}
}

func TestMessagesOfATextAreBounded(t *testing.T) {
	m, _ := sample.ByName("options-ping")
	for name, text := range map[string]string{"sip": m.SIP, "json": "{}\n"} {
		_, err := All([]byte(strings.Repeat(text, MaxMessages+1)), How{})
		if err == nil || !strings.Contains(err.Error(), "1000") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := All(make([]byte, MaxBytes+1), How{}); err == nil {
		t.Error("a text that is too long is read")
	}
}

// TestOddStartLinesAreRecognised reads texts that an EdgePort refuses, or not, and that are SIP all the same.
func TestOddStartLinesAreRecognised(t *testing.T) {
	m, _ := sample.ByName("options-ping")
	head, rest, _ := strings.Cut(m.SIP, "\r\n")
	for line, want := range map[string]siptext.Outcome{
		strings.Replace(head, "SIP/2.0", "sip/2.0", 1):  siptext.Converted,
		strings.Replace(head, "SIP/2.0", "SIP/7.0 ", 1): siptext.Converted,
		"sip/2.0 200 OK": siptext.Refused, "SIP/3.0 200 OK": siptext.Refused, "SIP/2.0 200": siptext.Converted,
		"SIP/2.0  99 x":             siptext.Lost,
		"OPTIONS <sip:a@b> SIP/2.0": siptext.Refused, "OPTIONS sip:a@b lr SIP/2.0": siptext.Refused,
		"FETCH sip:a SIP/2.0": siptext.Dropped,
	} {
		all, err := All([]byte(line+"\r\n"+rest), How{})
		if err != nil || len(all) != 1 || all[0].Outcome != want {
			t.Errorf("%q: %d messages, %v, %+v, want %s", line, len(all), err, all, want)
		}
	}
}

// TestSIPIsReadAsItWasSent keeps a text's line ends where it is said to be exact.
func TestSIPIsReadAsItWasSent(t *testing.T) {
	m, _ := sample.ByName("invite-sdp")
	all, err := SIP(lf(m.SIP), How{Transport: "UDP"})
	if err != nil || all[0].Outcome != siptext.Refused {
		t.Errorf("line feeds alone make the body shorter than Content-Length: %v, %s", err, all[0].Outcome)
	}
	if _, err := SIP(m.SIP, How{Transport: "QUIC"}); err == nil {
		t.Error("an unknown transport passes")
	}
}
