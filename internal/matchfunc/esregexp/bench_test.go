package esregexp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

const sdp = "v=0\r\no=alice 2890844526 2890844526 IN IP4 client.atlanta.example.com\r\ns=-\r\n" +
	"c=IN IP4 192.0.2.101\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0 8 97 101\r\na=rtpmap:0 PCMU/8000\r\n" +
	"a=rtpmap:8 PCMA/8000\r\na=rtpmap:97 iLBC/8000\r\na=fmtp:97 mode=20\r\na=rtpmap:101 telephone-event/8000\r\n" +
	"a=fmtp:101 0-16\r\na=ptime:20\r\na=maxptime:150\r\na=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n" +
	"a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host\r\n" +
	"a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998\r\n" +
	"a=rtcp-mux\r\na=sendrecv\r\n"

func BenchmarkMatch(b *testing.B) {
	agent := "Zoiper v2.10.19.5-mod (build 20240117; Linux x86_64) libsip"
	for _, bb := range []struct{ name, pattern, flags, subject string }{
		{"phone number", `^(\+|00)\d{7,15}$`, "", "+14155550100"},
		{"ignoring case", `Zoiper`, "i", "User-Agent: SIPp/3.6 " + agent},
		{"line of an SDP", `^a=sendrecv$`, "m", sdp},
		{"SIP URI", `^sip:([^@]+)@([^;>]+)`, "", "sip:alice@sip.local;transport=udp"},
		{"absent literal", `Grandstream`, "", agent},
		{"alternatives", `^(?:Zoiper|Linphone|Bria)\b.*\d`, "i", agent},
	} {
		b.Run(bb.name, func(b *testing.B) {
			re := mustCompile(b, bb.pattern, bb.flags)
			budget := &esregexp.Budget{Steps: 1 << 60}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := re.Match(esregexp.ASCII(bb.subject), 0, nil, budget); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCatastrophicPatternIsStopped(b *testing.B) {
	re := mustCompile(b, `^(a+)+$`, "")
	subject := esregexp.ASCII(strings.Repeat("a", 40) + "!")
	b.ReportAllocs()
	for b.Loop() {
		budget := &esregexp.Budget{Steps: 1_000_000}
		if _, err := re.Match(subject, 0, nil, budget); !errors.Is(err, esregexp.ErrSteps) {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, bb := range []struct{ name, pattern, flags string }{
		{"SIP URI", `^sip:([^@]+)@([^;>]+)`, ""},
		{"ignoring case", `^(?:Zoiper|Linphone|Bria)\b`, "i"},
		{"property", `^\p{Lu}\p{L}*$`, "u"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustCompile(b, bb.pattern, bb.flags)
			}
		})
	}
}

func mustCompile(tb testing.TB, pattern, flags string) *esregexp.Regexp {
	tb.Helper()
	re, err := esregexp.CompileString(pattern, flags)
	if err != nil {
		tb.Fatalf("/%s/%s: %v", pattern, flags, err)
	}
	return re
}
