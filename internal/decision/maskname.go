package decision

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// maxName is how long the name of a credential may be.
const maxName = 64

// A name is that of a credential where one of its words is, or ends in "auth", or where a part of it is.
var (
	credentialWords = []string{
		"auth", "authorization", "authentication", "authenticate", "pass", "pin", "pw", "pwd", "bearer", "credential",
		"credentials", "jwt", "otp", "nonce", "hmac", "signature",
	}
	credentialParts = []string{
		"token", "passw", "passphrase", "secret", "credential", "apikey", "authkey", "accesskey", "privatekey",
		"cookie", "userpass",
	}
	digestNames = []string{"response", "nonce", "cnonce", "opaque", "rspauth"}
)

// credentialName reports whether a header, a parameter or a key holds a credential, by its name: X-Gateway-Auth,
// X-Connect-Token, api_key.
func credentialName(name []byte) bool {
	name = bytes.Trim(name, " \t\"',{[")
	if len(name) < len("pw") || len(name) > maxName {
		return false
	}
	lower := strings.ToLower(string(name))
	if strings.Contains(lower, "%") {
		if plain, err := url.PathUnescape(lower); err == nil {
			lower = strings.ToLower(plain)
		}
	}
	words := strings.FieldsFunc(lower, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	ofCredential := func(w string) bool { return slices.Contains(credentialWords, w) || strings.HasSuffix(w, "auth") }
	if slices.ContainsFunc(words, ofCredential) {
		return true
	}
	joined := strings.Join(words, "")
	return slices.ContainsFunc(credentialParts, func(p string) bool { return strings.Contains(joined, p) })
}

// named masks the values of parameters, of URI headers and of JSON members whose names are credentials': password=…,
// ?Authorization=…, "token":"…", response="…".
func (h hider) named(text []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '=' && text[i] != ':' || !isNamed(text, i) {
			continue
		}
		from, to := valueAt(text, i)
		if from >= to {
			continue
		}
		out = append(append(out, text[done:from]...), h(text[from:to])...)
		done, i = to, to-1
	}
	return remainder(out, text, done)
}

// isNamed reports whether the name before a sign is a credential's. A colon counts between quotes only: "name":"value".
func isNamed(text []byte, sign int) bool {
	end, value := sign, sign+1
	for value < len(text) && text[value] == ' ' && value-sign < maxBlank {
		value++
	}
	quoted := value < len(text) && text[value] == '"'
	if text[sign] == ':' {
		if end == 0 || text[end-1] != '"' || !quoted {
			return false
		}
		end--
	}
	start := end
	for start > 0 && end-start <= maxName && isName(text[start-1]) {
		start--
	}
	name := text[start:end]
	return credentialName(name) || quoted && len(name) <= maxName &&
		slices.Contains(digestNames, strings.ToLower(string(name)))
}

func isName(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.' ||
		c == '%'
}

// maxBlank is how many spaces may stand between a name and its value.
const maxBlank = 8

// valueAt returns where the value behind the sign of a name stands: in quotes, or up to what ends a parameter.
func valueAt(text []byte, sign int) (from, to int) {
	from = sign + 1
	blank := min(span(text[from:], func(c byte) bool { return c == ' ' }), maxBlank-1)
	if from+blank < len(text) && text[from+blank] == '"' {
		from += blank + 1
		for to = from; to < len(text) && text[to] != '"'; to++ {
			if text[to] == '\\' && to+1 < len(text) {
				to++
			}
		}
		return from, to
	}
	return from, from + span(text[from:], func(c byte) bool { return c > ' ' && strings.IndexByte(`&;,<>"'`, c) < 0 })
}

// shapes masks what looks like a credential wherever it stands: a JSON Web Token (RFC 7519), and what follows Bearer
// (RFC 6750) and Basic (RFC 7617).
func (h hider) shapes(text []byte) []byte {
	var out, scheme []byte
	done := 0
	for i := 0; i < len(text); {
		n := span(text[i:], isToken)
		word := text[i : i+n]
		if jsonWebToken(word) || strings.EqualFold(string(scheme), "bearer") && opaque(word) ||
			strings.EqualFold(string(scheme), "basic") && userAndPassword(word) {
			out = append(append(out, text[done:i]...), h(word)...)
			done = i + n
		}
		scheme = word
		if n > len("bearer") {
			scheme = nil
		}
		i += n + 1
	}
	return remainder(out, text, done)
}

// isToken reports a character of base64 in either alphabet, or of a JSON Web Token.
func isToken(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.' ||
		c == '+' || c == '/' || c == '~'
}

func jsonWebToken(word []byte) bool {
	return len(word) > 20 && bytes.HasPrefix(word, []byte("eyJ")) && bytes.Count(word, []byte(".")) >= 2
}

// opaque tells a token from a word of prose.
func opaque(word []byte) bool {
	return len(word) >= 16 || len(word) >= 8 && bytes.ContainsAny(word, "0123456789")
}

// userAndPassword reports whether a word is user:password in base64.
func userAndPassword(word []byte) bool {
	if len(word) < 8 || len(word) > 1024 {
		return false
	}
	plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(string(word), "="))
	user, password, found := bytes.Cut(plain, []byte(":"))
	return err == nil && found && len(user) > 0 && len(password) > 0 &&
		span(plain, func(c byte) bool { return c >= ' ' && c < 0x7f }) == len(plain)
}
