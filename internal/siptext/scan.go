package siptext

import (
	"math"
	"strconv"
	"strings"
)

const maxInt32 = math.MaxInt32

// index returns the offset of the first of the bytes in seps that stands outside of quoted strings
// and angle brackets, or -1.
func (sp span) index(seps string) (int, error) {
	quote, angle := -1, -1
	raw := sp.raw()
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case quote >= 0 && c == '\\':
			i++
		case quote >= 0 && c == '"':
			quote = -1
		case quote >= 0:
		case angle >= 0 && c == '>':
			angle = -1
		case angle >= 0:
		case strings.IndexByte(seps, c) >= 0:
			return i, nil
		case c == '"':
			quote = i
		case c == '<':
			angle = i
		}
	}
	if quote >= 0 {
		return -1, sp.sub(quote, sp.len()).errorf("the quoted string that begins here has no end")
	}
	if angle >= 0 {
		return -1, sp.sub(angle, sp.len()).errorf("there is no > for this <")
	}
	return -1, nil
}

// split divides the span at every sep outside of quoted strings and angle brackets, and trims the
// parts. An empty part is an error.
func (sp span) split(sep string) ([]span, error) {
	var parts []span
	for {
		end, err := sp.index(sep)
		if err != nil {
			return nil, err
		}
		part := sp
		if end >= 0 {
			part = sp.sub(0, end)
		}
		if part.trim().empty() {
			return nil, part.errorf("a value is missing here")
		}
		parts = append(parts, part.trim())
		if end < 0 {
			return parts, nil
		}
		sp = sp.sub(end+1, sp.len())
	}
}

// params are the parameters of a header field by name, in lower case. Names are compared in any
// case (RFC 3261, section 7.3.1), and an EdgePort writes them in this one. Where a name is there
// twice the last one counts.
type params map[string]span

// params reads `name=value` pairs. A quoted value loses its quotes and keeps its backslashes, as
// in an EdgePort.
func (sp span) params(sep string) (params, error) {
	parts, err := sp.split(sep)
	if err != nil {
		return nil, err
	}
	ps := make(params, len(parts))
	for _, part := range parts {
		eq := strings.IndexByte(part.raw(), '=')
		if eq < 0 {
			eq = part.len()
		}
		name := part.sub(0, eq).trim()
		if !isToken(name.raw()) {
			return nil, name.errorf("%s can't be the name of a parameter", quoted(name.String()))
		}
		value := part.sub(min(eq+1, part.len()), part.len()).trim()
		if ps[strings.ToLower(name.raw())], err = value.unquote(); err != nil {
			return nil, err
		}
	}
	return ps, nil
}

// unquote checks the value of a parameter, and takes the quotes from a quoted one.
func (sp span) unquote() (span, error) {
	raw := sp.raw()
	if !strings.HasPrefix(raw, `"`) {
		if i := strings.IndexAny(raw, whitespace+`"<>`); i >= 0 {
			return sp, sp.sub(i, sp.len()).errorf("unexpected %s in the value of a parameter", quoted(raw[i:i+1]))
		}
		return sp, nil
	}
	inner := sp.sub(1, sp.len())
	switch end := inner.quoteEnd(); {
	case end < 0:
		return sp, sp.errorf("the quoted string that begins here has no end")
	case end < inner.len()-1:
		return sp, inner.sub(end+1, inner.len()).errorf("unexpected text after a quoted string")
	default:
		return inner.sub(0, end), nil
	}
}

// quoteEnd returns the offset of the quote that ends the quoted string whose inside begins the
// span, or -1.
func (sp span) quoteEnd() int {
	raw := sp.raw()
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// text returns a parameter's value, or "" where it is absent.
func (ps params) text(name string) string {
	if v, ok := ps[name]; ok {
		return v.String()
	}
	return ""
}

// number returns a parameter's value, or -1 where it is absent or empty.
func (ps params) number(name string, most int32) (int32, error) {
	v, ok := ps[name]
	if !ok || v.empty() {
		return -1, nil
	}
	return v.number(name, 0, most)
}

// all returns the parameters as the protobuf map has them, nil where there are none.
func (ps params) all() map[string]string {
	if len(ps) == 0 {
		return nil
	}
	m := make(map[string]string, len(ps))
	for name, v := range ps {
		m[name] = v.String()
	}
	return m
}

// number reads digits.
func (sp span) number(what string, least, most int32) (int32, error) {
	raw := sp.raw()
	n, err := strconv.ParseUint(raw, 10, 64)
	if err != nil && strings.Trim(raw, "0123456789") != "" || raw == "" {
		return 0, sp.errorf("%s is %s, expected a number", what, quoted(sp.String()))
	}
	if err != nil || n < uint64(least) || n > uint64(most) {
		return 0, sp.errorf("%s is %s, expected a number from %d to %d", what, quoted(raw), least, most)
	}
	return int32(n), nil
}
