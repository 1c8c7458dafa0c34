package decision

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// secretHeaders hold credentials, or what proves to be somebody (RFC 3261 section 20, RFC 8224).
var secretHeaders = []string{
	"Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info",
	"Proxy-Authentication-Info", "Identity", "y", "Cookie", "Set-Cookie",
}

func secretHeader(name []byte) bool {
	text := strings.TrimSpace(string(name))
	return slices.ContainsFunc(secretHeaders, func(h string) bool { return strings.EqualFold(h, text) })
}

// secretLines begin the lines of an SDP body that hold keys (RFC 4568, 8839, 4567, 4566 section 5.12).
var secretLines = []string{"a=crypto:", "a=ice-pwd:", "a=key-mgmt:", "k="}

// uriPassword finds user:password@ in a SIP URI (RFC 3261 section 19.1.1). Whatever a sender made of it, all between
// the first colon and the last @ goes.
var uriPassword = regexp.MustCompile(`(?i)(sips?:[^\s<>"@:]*:)[^\s<>"]*@`)

// maskText masks a text: all of it, or the passwords of the URIs in it.
func maskText(text []byte, all bool) []byte {
	if all && len(text) > 0 {
		return []byte(hidden)
	}
	return maskURIs(text)
}

func maskURIs(text []byte) []byte {
	if !bytes.ContainsRune(text, '@') {
		return text
	}
	return uriPassword.ReplaceAll(text, []byte("${1}"+hidden+"@"))
}

// maskBody masks the lines of a body that hold keys (SDP) or credentials (message/sipfrag, RFC 3420), and URIs.
func maskBody(body []byte) []byte {
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
			out = append(out, line[0])
			out = append(out, hidden...)
		case shown > 0:
			out = append(out, line[:shown]...)
			out = append(out, hidden...)
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
	return maskURIs(out)
}

// secretStart returns how many bytes of a line may be shown before its secret; 0 where it has none.
func secretStart(line []byte) int {
	text := bytes.TrimLeft(line, " \t")
	indent := len(line) - len(text)
	for _, start := range secretLines {
		if len(text) >= len(start) && strings.EqualFold(string(text[:len(start)]), start) {
			return indent + len(start)
		}
	}
	if i := bytes.IndexByte(text, ':'); i > 0 && secretHeader(text[:i]) {
		return indent + i + 1
	}
	return 0
}
