package lint

import (
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// requestValue is what a rule is called with.
func requestValue() value {
	return value{kinds: native.Message, typ: message.RequestSchema, path: "req", label: "req"}
}

// rare are the parts of a SIPMessage that messages in the field lack, with when they do. The others are in every
// message that an EdgePort sends.
var rare = map[string]string{
	"requestUri":      "SIP responses don't have it",
	"responseType":    "SIP requests don't have it",
	"contact":         "not every message has a Contact",
	"expires":         "not every message has an Expires",
	"maxForwards":     "SIP responses don't have it",
	"authorization":   "not every message has an Authorization",
	"wwwAuthenticate": "only challenges have it",
	"contentLength":   "not every message has a Content-Length",
}

// The paths of the two of which every message has exactly one.
const (
	requestURIPath   = "req.message.requestUri"
	responseTypePath = "req.message.responseType"
	messageTypePath  = "req.message.messageType"
)

// fieldOf is a field of the message v.
func fieldOf(v value, field *message.Field) value {
	out := value{label: below(v.label, "."+field.Name), path: below(v.path, "."+field.Name)}
	if field.Repeated {
		out.each = below(out.label, "[i]")
		return out
	}
	if field.Kind == message.Enum {
		out.enum, out.words = true, field.Words
	}
	if v.path == "req.message" {
		out.absent = rare[field.Name]
	}
	out = out.noted()
	switch out.path {
	case requestURIPath:
		out.no = fact(responseTypePath)
	case responseTypePath:
		out.no = fact(requestURIPath)
	}
	return out
}

// messageType is the name of whichever of requestUri and responseType is set.
func messageType(v value) value {
	return value{
		words: []string{"requestUri", "responseType"},
		label: below(v.label, "."+message.MessageTypeKey), path: below(v.path, "."+message.MessageTypeKey),
		some: fact(requestURIPath).and(fact(responseTypePath)),
	}
}

// elementAt is the element of a list at an index that is written down.
func elementAt(v value, i int) value {
	index := "[" + strconv.Itoa(i) + "]"
	out := value{path: below(v.path, index), label: below(v.label, index), letters: v.letters}
	firstVia := v.path == "req.message.via" && i == 0 // every message has one: RFC 3261 section 8.1.1
	if v.is(native.List) && !firstVia {
		out.absent, out.within = "the list may be shorter", v.path
	}
	return out.noted()
}

// entry is the value of a map field at a key.
func entry(v value, key string) value {
	out := value{path: below(v.path, "."+key), label: below(v.label, "."+key), within: v.path}
	out.absent = "not every message has that key"
	return out.noted()
}

// below returns the path, or the label, of a part of what has path.
func below(path, part string) string {
	if path == "" {
		return ""
	}
	return path + part
}
