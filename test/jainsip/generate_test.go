//go:build jainsip

package jainsip

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes texts: requests and answers, most of which are right but for a header or two.
type generator struct{ *rand.Rand }

// pick returns one of its arguments.
func (g generator) pick(all ...string) string { return all[g.IntN(len(all))] }

// some returns what f writes, none to n times, with separators between.
func (g generator) some(n int, separators []string, f func() string) string {
	var out strings.Builder
	for i := range g.IntN(n + 1) {
		if i > 0 {
			out.WriteString(g.pick(separators...))
		}
		out.WriteString(f())
	}
	return out.String()
}

// names are those that the stack knows, their short forms, and some that it doesn't.
var names = strings.Fields(`Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authentication-Info Authorization
	Call-Info Contact Content-Disposition Content-Encoding Content-Language Content-Type Date Error-Info Event Expires In-Reply-To Join
	MIME-Version Max-Forwards Min-Expires Min-SE Organization P-Access-Network-Info P-Asserted-Identity P-Asserted-Service
	P-Associated-URI P-Called-Party-ID P-Charging-Function-Addresses P-Charging-Vector P-Media-Authorization P-Preferred-Identity
	P-Preferred-Service P-Profile-Key P-Served-User P-User-Database P-Visited-Network-ID Path Priority Privacy Proxy-Authenticate
	Proxy-Authorization Proxy-Require RAck RSeq Reason Record-Route Refer-To References Referred-By Replaces Reply-To Require
	Retry-After Route SIP-ETag SIP-If-Match Security-Client Security-Server Security-Verify Server Service-Route Session-Expires
	Subject Subscription-State Supported Timestamp Unsupported User-Agent WWW-Authenticate Warning Via From To Call-ID CSeq
	Content-Length t f v m c l i k s o e u r x b a d j n y Diversion History-Info Identity Remote-Party-ID X-A x-a X-B Geolocation`)

// text writes a message over a transport.
func (g generator) text(transport string) string {
	method := g.method()
	start := method + " " + g.requestURI() + " SIP/2.0"
	cseq := method
	if g.IntN(4) == 0 {
		start, cseq = "SIP/2.0 "+g.pick("180 Ringing", "200 OK", "183", "486 Busy", "404  Not  Found ", "699 x",
			"480 Ü"), "INVITE"
	}
	if g.IntN(20) == 0 {
		start = g.mangle(start)
	}
	headers := []string{
		"Via: SIP/2.0/" + strings.ToUpper(transport) + " 192.0.2.1:5060;branch=z9hG4bKa",
		"From: \"A\" <sip:a@b>;tag=1", "To: <sip:c@d>", "Call-ID: 1@a", "CSeq: 1 " + cseq, "Max-Forwards: 70",
	}
	for range 1 + g.IntN(3) {
		at := g.IntN(len(headers) + 1)
		headers = append(headers[:at], append([]string{g.header()}, headers[at:]...)...)
	}
	body := g.pick("", "", "v=0\r\n", "a\xffb\xe2\x82c")
	if g.IntN(10) > 0 {
		headers = append(headers, fmt.Sprintf("Content-Length: %d", len(body)+g.extra()))
	}
	end := "\r\n"
	if g.IntN(20) == 0 {
		end = g.pick("\n", "\r", "\r\r\n", "\n\r", "\r\n\r", " \r\n")
	}
	if g.IntN(20) == 0 {
		at := g.IntN(len(headers))
		headers[at] = g.pick("\r", "\r\r", "\r\r\r", "\n", "\x00") + headers[at]
	}
	if g.IntN(20) == 0 {
		start = g.pick(" ", "\t", "\r", "\n", "\r\n", "\r\r\n", "\x00\r\n", "\ufeff") + start
	}
	return start + end + strings.Join(headers, end) + end + end + body
}

// extra is how far Content-Length is off, mostly not at all.
func (g generator) extra() int {
	if g.IntN(15) == 0 {
		return g.IntN(5)
	}
	return 0
}

func (g generator) method() string {
	if g.IntN(12) == 0 {
		return g.pick("invite", "UNKNOWN", "FOO", "Subscribe", "PRACK", "b", "To")
	}
	return g.pick("INVITE", "REGISTER", "OPTIONS", "BYE", "MESSAGE", "ACK")
}

func (g generator) requestURI() string {
	if g.IntN(3) > 0 {
		return "sip:c@d"
	}
	return g.uri()
}

// header writes one header.
func (g generator) header() string {
	name := names[g.IntN(len(names))]
	value := g.value(name)
	switch g.IntN(12) {
	case 0:
		value = g.mangle(value)
	case 1:
		name = g.pick(strings.ToLower(name), strings.ToUpper(name), name+" ", name+"\t")
	case 2:
		value = strings.Replace(value, " ", "\r\n ", 1)
	case 3:
		value = g.value(names[g.IntN(len(names))]) // of another header
	}
	return name + ":" + g.pick(" ", " ", " ", "", "  ", "\t") + value
}

// mangle changes a character or two.
func (g generator) mangle(s string) string {
	for range 1 + g.IntN(2) {
		at := g.IntN(len(s) + 1)
		switch g.IntN(3) {
		case 0:
			s = s[:at] + s[min(len(s), at+1):]
		case 1:
			s = s[:at] + g.odd() + s[at:]
		case 2:
			s = s[:at] + g.odd() + s[min(len(s), at+1):]
		}
	}
	return s
}

func (g generator) odd() string {
	return g.pick(";", ",", "=", "\"", "<", ">", ":", "@", " ", "\t", "/", "[", "]", "?", "&", "%", "%41", "(", ")",
		"\\", "*", "+", "-", "'", "#", "{",
		"0", "9", "a", "Z", "ä", "é", "٣", "字", "\xff", "\xe2\x82", "\xed\xa0\x80", "\xf0\x9f\x98", "\xc0\x80",
		"\xf4\x90\x80", "\xe0\x80", "😀", "\x01", "\x00", "::", ";;", ",,", ".", "~", "|")
}
