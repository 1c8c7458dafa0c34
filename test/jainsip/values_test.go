//go:build jainsip

package jainsip

import (
	"fmt"
	"strings"
)

// value writes a value that may be right for a header of that name.
func (g generator) value(name string) string {
	switch name {
	case "From", "To", "t", "f", "Refer-To", "r", "Referred-By", "b", "Reply-To", "P-Called-Party-ID", "P-Profile-Key",
		"P-Served-User",
		"P-Preferred-Identity":
		return g.address() + g.params(";")
	case "Contact", "m", "Route", "Record-Route", "Path", "Service-Route", "P-Asserted-Identity",
		"P-Associated-URI", "Diversion":
		if g.IntN(10) == 0 {
			return g.pick("*", "* ", "*;q=1")
		}
		return g.list(func() string { return g.address() + g.params(";") })
	case "Via", "v":
		return g.list(g.via)
	case "Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate":
		return g.credentials()
	case "Accept", "Content-Type", "c":
		return g.list(func() string { return g.token() + "/" + g.token() + g.params(";") })
	case "Accept-Encoding", "Accept-Language", "Content-Language":
		return g.list(func() string {
			return g.pick("gzip", "en", "de-AT", "EN-us", "iw", "*", "zh-hant-tw", "") +
				g.pick("", "", ";q="+g.number(), "; q = "+g.number(), g.params(";"))
		})
	case "Alert-Info", "Call-Info", "Error-Info":
		return g.list(func() string { return g.pick("<"+g.uri()+">", g.uri(), "words here") + g.params(";") })
	case "Date":
		return g.date()
	case "Warning":
		return g.list(func() string {
			return g.number() + " " + g.token() + g.pick("", ":"+g.token()) + " " + g.pick(`"x \" y"`, `"a"`, "b")
		})
	case "User-Agent", "Server":
		return g.some(4, []string{" ", "", "  "}, func() string {
			return g.pick("Foo/1.0", "(c (x)", "(c)", "A / 2",
				"x\\y/3", "/", "b ", "ü/1", "a//b")
		})
	case "P-Charging-Vector", "P-Charging-Function-Addresses", "Authentication-Info":
		return g.some(5, []string{";", "; ", ",", " ;"}, func() string {
			return g.pick("icid-value", "ccf", "ecf", "ccf", "orig-ioi", "nextnonce", "a", "b", "cc", "qop") +
				g.pick("=", "", " = ") + g.paramValue()
		})
	case "P-Asserted-Service", "P-Preferred-Service":
		return g.pick("urn:urn-7:", "urn:", "") + g.pick("3gpp-service", "3gpp-application", "x") +
			g.pick(".ims", "", ".", "_a", ".3gpp-service.b", ".a, urn:urn-7:3gpp-service.c")
	case "RAck", "CSeq":
		return g.number() + g.pick(" ", "  ") + g.pick(g.number()+" ", "") + g.method()
	case "Subscription-State", "Event", "o", "Reason", "Content-Disposition", "Session-Expires", "x",
		"Min-SE", "Retry-After":
		return g.list(func() string {
			return g.pick("active", "Q.850", g.number()) + g.pick("", "", " ", " (soon)") + g.params(";")
		})
	case "Expires", "Max-Forwards", "Content-Length", "l", "Min-Expires", "RSeq", "Timestamp", "MIME-Version":
		return g.number() + g.pick("", "", " ", " "+g.number(), "."+g.number(), " x")
	case "Join", "Replaces", "References", "Call-ID", "i", "In-Reply-To":
		return g.list(func() string { return g.pick("a@b", "a b", "x@[::1]", "a", "a@b;c", "") + g.params(";") })
	case "Security-Client", "Security-Server", "Security-Verify", "P-Access-Network-Info",
		"P-Visited-Network-ID", "Privacy":
		return g.list(func() string { return g.pick(`"a b"`, g.token(), "id") + g.params(";") })
	case "P-User-Database":
		return g.pick("<", "") + g.pick("aaa://x", "y", " ", "") + g.pick(">", ">;a=b", "")
	}
	return g.list(g.token)
}

// list writes values with something between that mostly is a comma.
func (g generator) list(f func() string) string {
	if g.IntN(2) == 0 {
		return f()
	}
	return g.some(3, []string{",", ", ", " , ", ", ", ",", ",,", " ", ";"}, f) + g.pick("", "", "", "", ",", " ")
}

func (g generator) token() string {
	return g.pick("a", "INVITE", "timer", "100rel", "x.y-z", "*", "Ünï", "a%b", "it's", "0", "", "application", "sdp",
		"tag", "字")
}

func (g generator) number() string {
	return g.pick("0", "1", "7", "60", "070", "255", "256", "3600", "2147483647", "2147483648", "4294967295", "-1",
		"+5", "0.5", "1.0", "0.333", "1.5", "1e3",
		"NaN", "0x1p-2", "12f", "x", "", "17702893231234.5", "0.0001", "54.3", "1234567.8", "99999999999999999999",
		"١٢", fmt.Sprint(g.IntN(100000)),
		fmt.Sprintf("%d.%d", g.IntN(100000000), g.IntN(1000)))
}

// params writes parameters, each behind a separator.
func (g generator) params(sep string) string {
	var out strings.Builder
	for range g.IntN(4) {
		out.WriteString(g.pick(sep, sep, sep+" ", " "+sep))
		out.WriteString(g.pick("tag", "q", "expires", "lr", "reason", "cause", "text", "duration", "purpose", "A", "a",
			"from-tag", "regstate", "methods",
			"retry-after", "x-ü", "İ", "handling"))
		out.WriteString(g.pick("=", "=", "=", "", " = ") + g.paramValue())
	}
	return out.String()
}

func (g generator) paramValue() string {
	return g.pick("b", "1", "", g.number(), `"q"`, `"q \" ,;<>"`, `"open`, "[::1]", "[x", "[::1]:5",
		"a b", "sip:x", "ü", "reg")
}

func (g generator) credentials() string {
	fields := g.some(6, []string{",", ", ", ", ", " , ", ";", ",,"}, func() string {
		return g.pick("realm", "nonce", "uri", "response", "username", "qop", "nc", "cnonce", "opaque", "algorithm",
			"stale", "domain", "Realm", "x") +
			g.pick("=", "=", " = ", "") + g.pick(`"a"`, `"sip:a@b"`, "auth", "00000001", "ffffffff", `""`, `"a, \"b\""`,
			"", `"open`, "MD5", "-1", "sip:a")
	})
	return g.pick("Digest", "Digest", "digest", "Basic", "Bearer", "") + g.pick(" ", " ", "  ", "") +
		g.pick(fields, fields, "dXNlcg==", "a.b-c") + g.pick("", "", ",", " ")
}

func (g generator) via() string {
	out := g.pick("SIP/2.0/", "SIP / 2.0 / ", "SIP/3.0/", "x/y/") + g.pick("UDP", "TCP", "udp", "FOO", "WSS", "") +
		" " +
		g.pick("192.0.2.1", "h:5060", "h : 5062", "[::1]", "[::1]:5060", "::1", "a_b", "h:", "h:99999", "",
			"h:99999999999")
	for range g.IntN(4) {
		out += g.pick(";", "; ", " ;") + g.pick("branch", "rport", "received", "maddr", "ttl", "BRANCH", "x") +
			g.pick("=", "", " = ") +
			g.pick("z9hG4bKa", "1", "", `"q"`, "[::1]", "a:b", "5060", "a=b", "x")
	}
	return out + g.pick("", "", "", "", " (c)", " (c", " (a;b)")
}

func (g generator) address() string {
	name := g.pick("", "", `"A"`, "A", `"" `, `"a \" b" `, "A, B", "Ä ", `x "y" `, "a:b ", `" "`, "*")
	if g.IntN(3) == 0 && name == "" {
		return g.uri()
	}
	return name + g.pick(" ", "") + "<" + g.pick("", "", " ") + g.uri() + g.pick("", "", " ") +
		g.pick(">", ">", ">", ">", "> ", "")
}

func (g generator) uri() string {
	switch g.IntN(12) {
	case 0:
		return g.pick("tel:+1-2", "tel:123;phone-context=+4", "tel:1;phone-context=a.b;x", "TEL:*9", "tel:", "tel:+x",
			"tel:1;a=b;c")
	case 1:
		return g.pick("http://a/b", "mailto:a@b", "urn:x:y", "x", "http://[::1]/%41b", "a:%zz", "cid:a@b#c", "sip",
			"sips", "*", "http://a b")
	}
	out := g.pick("sip:", "sip:", "sips:", "SIP:", "Sip:") +
		g.pick("", "a@", "a:p@", "a%20b@", "a;b@", "@", "ü@", "a:@", ":p@", "a@b@", "+49-1@", "a?b@", "a#b@", "a%@") +
		g.pick("h", "h.example.com", "192.0.2.1", "[::1]", "::1", "a_b", "", "ü.de", "[::1", "h!", "-h-") +
		g.pick("", "", ":5060", ":0", ":99999", ":", ":x", ":+5")
	for range g.IntN(3) {
		out += ";" + g.pick("lr", "transport", "user", "method", "ttl", "maddr", "bnc", "x", "", "LR", "Transport") +
			g.pick("", "=", "=tcp", "=phone", "=1", "=a%41", "=[::1]", "=ü")
	}
	return out + g.pick("", "", "", "", "?a=b", "?a=b&c=d", "?a", "?a=b&", "?Replaces=x%40y", "?a=%", "?a=b;c")
}

func (g generator) date() string {
	return g.pick("Sat", "mon", "XXX", "Sun") + g.pick(", ", ", ", ",", " ") +
		g.pick("13", "1", "31", "0", "32", "29") + " " +
		g.pick("Nov", "feb", "Jan", "DEC", "May") + " " +
		g.pick("2010", "1999", "10", "0", "1582", "1500", "2024", "99999") + " " +
		g.pick("23:29:00", "1:2:3", "24:00:00", "25:61:61", "23:29", "00:00:00") + " " +
		g.pick("GMT", "GMT", "gmt", "UTC", "+0100", "GMT x")
}
