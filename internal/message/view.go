package message

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends the request as JSON.stringify(req) gives it to a rule: the JSON view of contract section 5.
func (r *Request) AppendJSON(out []byte) []byte {
	return appendObject(out, Open(RequestSchema, r.view))
}

func appendObject(out []byte, o Object) []byte {
	out = append(out, '{')
	for _, f := range o.typ.Fields {
		if f.Oneof && !o.Has(f) {
			continue
		}
		out = append(appendKey(out, f.Name), ':')
		out = appendValue(out, o, f)
		if f.Oneof {
			out = append(appendKey(out, MessageTypeKey), ':')
			out = AppendText(out, []byte(f.Name))
		}
	}
	return append(out, '}')
}

// MessageTypeKey is the key that the JSON view adds behind the member of SIPMessage's oneof that is set; its value is
// that member's name.
const MessageTypeKey = "messageType"

func appendKey(out []byte, key string) []byte {
	if out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	return AppendText(out, []byte(key))
}

func appendValue(out []byte, o Object, f *Field) []byte {
	switch {
	case f.Map:
		return appendMap(out, o.Map(f))
	case f.Repeated:
		return appendList(out, o.List(f))
	}
	switch f.Kind {
	case String:
		return AppendText(out, o.Str(f))
	case Int32:
		return strconv.AppendInt(out, int64(o.Int(f)), 10)
	case Enum:
		return appendEnum(out, f, o.Int(f))
	case Bool:
		return strconv.AppendBool(out, o.Bool(f))
	case Float:
		v := float64(o.Float(f))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(out, "null"...) // JSON has no word for them
		}
		return AppendNumber(out, v)
	}
	if !o.Has(f) {
		return append(out, "null"...)
	}
	return appendObject(out, Open(f.Type, o.Sub(f)))
}

func appendEnum(out []byte, f *Field, n int32) []byte {
	if name, ok := f.EnumName(n); ok {
		return AppendText(out, []byte(name))
	}
	return strconv.AppendInt(out, int64(n), 10)
}

func appendList(out []byte, l List) []byte {
	out = append(out, '[')
	f := l.field
	for first := true; ; first = false {
		entry, ok := l.Next()
		if !ok {
			return append(out, ']')
		}
		if !first {
			out = append(out, ',')
		}
		if f.Kind == Message {
			out = appendObject(out, Open(f.Type, entry))
		} else {
			out = AppendText(out, entry)
		}
	}
}

func appendMap(out []byte, pairs []Pair) []byte {
	out = append(out, '{')
	for _, p := range pairs {
		out = append(appendKey(out, p.Key), ':')
		out = AppendText(out, p.Value)
	}
	return append(out, '}')
}

// AppendNumber writes a number as ECMAScript's Number::toString does (ECMA-262 section 6.1.6.1.20).
func AppendNumber(out []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(out, "NaN"...)
	case math.IsInf(v, 1):
		return append(out, "Infinity"...)
	case math.IsInf(v, -1):
		return append(out, "-Infinity"...)
	case v == 0:
		return append(out, '0')
	}
	format := byte('f')
	if a := math.Abs(v); a < 1e-6 || a >= 1e21 {
		format = 'e'
	}
	start := len(out)
	out = strconv.AppendFloat(out, v, format, -1, 64)
	// Go writes e-07 where ECMAScript writes e-7.
	if n := len(out); format == 'e' && n-start >= 4 && out[n-4] == 'e' && out[n-2] == '0' {
		out[n-2] = out[n-1]
		out = out[:n-1]
	}
	return out
}

// AppendText writes a string as JSON.stringify does (ECMA-262 section 25.5.2.3).
func AppendText(out, text []byte) []byte {
	out = append(out, '"')
	for len(text) > 0 {
		if text[0] < 0x80 {
			out = appendEscaped(out, text[0])
			text = text[1:]
			continue
		}
		r, n := decodeRune(text)
		out = utf8.AppendRune(out, r)
		text = text[n:]
	}
	return append(out, '"')
}

func appendEscaped(out []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\b':
		return append(out, `\b`...)
	case '\t':
		return append(out, `\t`...)
	case '\n':
		return append(out, `\n`...)
	case '\f':
		return append(out, `\f`...)
	case '\r':
		return append(out, `\r`...)
	}
	if c < 0x20 {
		return append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
	}
	return append(out, c)
}
