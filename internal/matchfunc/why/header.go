package why

import (
	"strconv"
	"strings"
	"unicode"
)

// headers are the names of a message's parts in SIP; lists by the name of one of them.
var headers = map[string]string{
	"from": "From", "to": "To", "contact": "Contact", "callId": "Call-ID", "via": "Via", "route": "Route",
	"recordRoute": "Record-Route", "requestUri": "Request-URI", "maxForwards": "Max-Forwards", "expires": "Expires",
	"authorization": "Authorization", "wwwAuthenticate": "WWW-Authenticate", "contentLength": "Content-Length",
	"responseType": "response type", "messageType": "message type", "extensions": "further header", "body": "body",
}

// lists are the parts that there may be more of.
var lists = map[string]bool{"via": true, "route": true, "recordRoute": true, "extensions": true}

// Name returns what a place in the request, such as message.from.address.uri.host, is called in SIP: From host.
func Name(path string) string {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' })
	if len(parts) == 0 {
		return "the message"
	}
	if parts[0] == "message" {
		parts = parts[1:]
	}
	if len(parts) == 0 {
		return "the SIP message"
	}
	first := parts[0]
	name := headers[first]
	if name == "" {
		name = spaced(first)
	}
	rest := parts[1:]
	if len(rest) > 0 && strings.HasSuffix(rest[0], "]") {
		name, rest = ordinal(strings.TrimSuffix(rest[0], "]"), name), rest[1:]
	} else if lists[first] && len(rest) == 0 {
		name = "list of " + name + "s"
	}
	for _, part := range rest {
		same := strings.EqualFold(part, strings.ReplaceAll(name, "-", ""))
		if part == "address" || part == "uri" || part == first || same {
			continue
		}
		name += " " + spaced(strings.TrimSuffix(part, "]"))
	}
	if unicode.IsLower(rune(name[0])) && !strings.HasPrefix(name, "an ") && !strings.HasPrefix(name, "a ") {
		name = "the " + name
	}
	return name
}

func ordinal(index, name string) string {
	n, err := strconv.Atoi(index)
	switch {
	case err != nil:
		if strings.ContainsRune("aeiou", unicode.ToLower(rune(name[0]))) {
			return "an " + name
		}
		return "a " + name
	case n == 0:
		return "first " + name
	case n == 1:
		return "second " + name
	}
	return name + " number " + strconv.Itoa(n+1)
}

// spaced writes a name of several words, such as displayName, as words.
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	out := b.String()
	out = strings.ReplaceAll(out, "edge port", "EdgePort")
	return out
}
