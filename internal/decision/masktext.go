package decision

import (
	"bytes"
	"slices"
	"strings"
)

// hider is told each secret, and returns what stands in its place.
type hider func(secret []byte) []byte

// stars is what people see of a secret. Text that is empty stays empty, so that rules see it missing.
const stars = "***"

func starred([]byte) []byte { return []byte(stars) }

// secretHeaders hold credentials, or what proves to be somebody (RFC 3261 section 20, RFC 8224). Others are told by
// their names: see credentialName.
var secretHeaders = []string{
	"Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info",
	"Proxy-Authentication-Info", "Identity", "y", "Cookie", "Set-Cookie",
}

func secretHeader(name []byte) bool {
	name = bytes.TrimSpace(name)
	return credentialName(name) || slices.ContainsFunc(secretHeaders,
		func(h string) bool { return strings.EqualFold(h, string(name)) })
}

// secretAttributes are the attributes of an SDP body that hold keys (RFC 4568, 8839, 4567), alone or as capabilities
// (RFC 5939 section 3.4.1).
var secretAttributes = [][]byte{[]byte("crypto:"), []byte("ice-pwd:"), []byte("key-mgmt:")}

// text masks a text that may hold anything: passwords in URIs, what is called a credential in parameters and in headers
// of URIs, and what has the shape of one. It returns the text itself where there is nothing to hide.
func (h hider) text(text []byte) []byte {
	if harmless(text) {
		return text
	}
	return h.shapes(h.named(h.uris(text)))
}

// harmless reports a text without anything that text looks for: URIs and names have a sign, a JSON Web Token begins
// alike, and a scheme stands before a space. Most Call-IDs, users and hosts are.
func harmless(text []byte) bool {
	for i, c := range text {
		switch c {
		case ':', '=', ' ':
			return false
		case 'J':
			if i >= 2 && text[i-1] == 'y' && text[i-2] == 'e' {
				return false
			}
		}
	}
	return true
}

// whole hides all of a text.
func (h hider) whole(text []byte) []byte {
	if len(text) == 0 {
		return text
	}
	return h(text)
}

// value masks the value of a header or of a map's entry whose name tells nothing.
func (h hider) value(value []byte) []byte {
	if userAndPassword(bytes.TrimSpace(value)) {
		return h.whole(value)
	}
	return h.text(value)
}

// body masks the lines of a body that hold keys (SDP) or credentials (message/sipfrag, RFC 3420), and what text masks.
func (h hider) body(body []byte) []byte {
	out := make([]byte, 0, len(body))
	folding := false // the line before is masked, and a line that begins with a space goes on with it
	for len(body) > 0 {
		end := bytes.IndexAny(body, "\r\n")
		if end < 0 {
			end = len(body)
		}
		line := body[:end]
		shown := secretStart(line)
		switch {
		case folding && len(line) > 0 && (line[0] == ' ' || line[0] == '\t'):
			out = append(append(out, line[0]), h.whole(line[1:])...)
		case shown > 0:
			out = append(append(out, line[:shown]...), h.whole(line[shown:])...)
			folding = true
		default:
			out = append(out, line...)
			folding = folding && len(line) == 0 // between CR and LF
		}
		if end < len(body) {
			out = append(out, body[end])
			end++
		}
		body = body[end:]
	}
	return h.text(out)
}

// secretStart returns how many bytes of a line may be shown before its secret; 0 where it has none.
func secretStart(line []byte) int {
	text := bytes.TrimLeft(line, " \t")
	indent := len(line) - len(text)
	switch {
	case hasPrefixFold(text, "k="):
		return indent + len("k=")
	case hasPrefixFold(text, "a="):
		lower := bytes.ToLower(text)
		for _, attribute := range secretAttributes {
			if i := bytes.Index(lower, attribute); i > 0 {
				return indent + i + len(attribute)
			}
		}
		return 0
	}
	if i := bytes.IndexByte(text[:min(len(text), maxName)], ':'); i > 0 && secretHeader(text[:i]) {
		return indent + i + 1
	}
	return 0
}

func hasPrefixFold(text []byte, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(string(text[:len(prefix)]), prefix)
}

// uris masks user:password@ in SIP URIs (RFC 3261 section 19.1.1) and all before the @ in URLs (RFC 3986 section
// 3.2.1).
func (h hider) uris(text []byte) []byte {
	if bytes.IndexByte(text, '@') < 0 {
		return text
	}
	var out []byte
	done := 0
	for start := 0; start < len(text); {
		end := start + span(text[start:], func(c byte) bool { return c > ' ' && c != '<' && c != '>' && c != '"' })
		if from, to := userinfo(text[start:end]); to > from {
			out = append(append(out, text[done:start+from]...), h(text[start+from:start+to])...)
			done = start + to
		}
		start = end + 1
	}
	return remainder(out, text, done)
}

// remainder appends what is left of a text that was masked up to done.
func remainder(out, text []byte, done int) []byte {
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// span returns how many bytes at the start are of a kind.
func span(text []byte, is func(byte) bool) int {
	for i, c := range text {
		if !is(c) {
			return i
		}
	}
	return len(text)
}

// userinfo finds what is to be hidden before the last @ of a word. Whatever a sender made of it, all up to there goes.
func userinfo(word []byte) (from, to int) {
	to = bytes.LastIndexByte(word, '@')
	for i := range to {
		if word[i] != ':' {
			continue
		}
		if bytes.HasPrefix(word[i:to], []byte("://")) {
			if after := word[i+3 : to]; userOfURL(after) {
				return i + 3, to
			}
			continue
		}
		if s := word[:i]; hasSuffixFold(s, "sip") || hasSuffixFold(s, "sips") {
			if j := bytes.IndexAny(word[i+1:], ":@"); word[i+1+j] == ':' {
				return i + 2 + j, to
			}
		}
	}
	return 0, 0
}

// userOfURL tells user:password@ from a path that has an @ in it.
func userOfURL(before []byte) bool {
	host, _, path := bytes.Cut(before, []byte("/"))
	if !path {
		return len(before) > 0
	}
	_, port, found := bytes.Cut(host, []byte(":"))
	return bytes.IndexByte(host, '@') >= 0 || found &&
		span(port, func(c byte) bool { return c >= '0' && c <= '9' }) < len(port)
}

func hasSuffixFold(text []byte, suffix string) bool {
	return len(text) >= len(suffix) && strings.EqualFold(string(text[len(text)-len(suffix):]), suffix)
}
