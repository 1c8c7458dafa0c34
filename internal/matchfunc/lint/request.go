package lint

import (
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// requestValue is what a rule is called with.
func requestValue() value {
	return value{kinds: record, typ: message.RequestSchema, path: "req", label: "req", req: true}
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

// fieldValue is a field of the record v.
func fieldValue(v value, field *message.Field) value {
	out := kindOfField(field)
	out.label, out.path = v.label+"."+field.Name, v.path+"."+field.Name
	out.req = field.Repeated || field.Map || field.Kind == message.Message
	switch {
	case field.Repeated:
		out = listOf(out)
		out.label, out.path, out.req = v.label+"."+field.Name, v.path+"."+field.Name, true
		out.fresh = false
		out.elem.req = field.Kind == message.Message
		out.elem.label, out.elem.path = out.label+"[i]", ""
	case field.Oneof:
		out.kinds = out.kinds&^null | undefined
	}
	if v.path == "req.message" && !field.Repeated {
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

func kindOfField(field *message.Field) value {
	switch {
	case field.Map:
		return of(dict)
	case field.Kind == message.Message && field.Repeated:
		return value{kinds: record, typ: field.Type}
	case field.Kind == message.Message:
		return value{kinds: record | null, typ: field.Type}
	case field.Kind == message.String:
		return of(text)
	case field.Kind == message.Bool:
		return of(boolean)
	case field.Kind == message.Enum:
		return value{kinds: text | number, enum: field, words: field.Words}
	}
	return of(number)
}

// messageType is the name of whichever of requestUri and responseType is set.
func messageType(v value) value {
	return value{
		kinds: text | undefined, words: []string{"requestUri", "responseType"},
		label: v.label + "." + message.MessageTypeKey, path: v.path + "." + message.MessageTypeKey,
		some: fact(requestURIPath).and(fact(responseTypePath)),
	}
}

// elementAt is the element of a list at an index that is written down.
func elementAt(v value, i int) value {
	out := v.element()
	index := "[" + strconv.Itoa(i) + "]"
	out.kinds |= undefined
	out.path, out.label = below(v.path, index), v.label+index
	firstVia := v.path == "req.message.via" && i == 0 // every message has one: RFC 3261 section 8.1.1
	if v.req && !firstVia {
		out.absent = "the list may be shorter"
	}
	return out.noted()
}

// entry is the value of a map field at a key.
func entry(v value, key string) value {
	out := of(text | undefined)
	out.path, out.label = below(v.path, "."+key), v.label+"."+key
	if v.req {
		out.absent = "not every message has that key"
	}
	return out.noted()
}

// below returns the path of a part of what path names.
func below(path, part string) string {
	if path == "" {
		return ""
	}
	return path + part
}
