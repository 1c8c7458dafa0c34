package native

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// show returns a value as JSON, or a word where it has none, cut at limit bytes.
func (v value) show(r *message.Request, limit int) string {
	s := shower{r: r, f: newScratch(), limit: limit}
	switch v.kind {
	case undefined, skipped, completed:
		return "undefined"
	case number:
		return string(message.AppendNumber(nil, v.num)) // NaN and the infinities too
	case inherited:
		return "a function"
	}
	s.add(v)
	if len(s.out) > limit {
		return strings.ToValidUTF8(string(s.out[:limit]), "") + "…"
	}
	return string(s.out)
}

// shower writes JSON until it has more than it needs.
type shower struct {
	r     *message.Request
	f     *frame // a scratch one
	out   []byte
	limit int
}

func (s *shower) full() bool { return len(s.out) > s.limit }

func (s *shower) add(v value) {
	switch v.kind {
	case boolean:
		s.out = strconv.AppendBool(s.out, v.num != 0)
	case number:
		if v.num-v.num != 0 { // NaN and the infinities, for which JSON has no word
			s.out = append(s.out, "null"...)
			return
		}
		s.out = message.AppendNumber(s.out, v.num)
	case text:
		s.quote(v.b)
	case wide:
		units := v.cell.units
		s.quoteUnits(units[:min(len(units), s.limit+1)])
	case record, entry:
		s.object(v)
	case dict:
		s.dict(v)
	case table:
		s.table(v)
	case list, array:
		s.list(v)
	default:
		s.out = append(s.out, "null"...)
	}
}

func (s *shower) quote(b []byte) {
	s.out = message.AppendText(s.out, b[:min(len(b), s.limit+4)])
}

// quoteUnits writes halves of surrogate pairs as JSON.stringify does, which UTF-8 has no bytes for.
func (s *shower) quoteUnits(u []uint16) {
	s.out = append(s.out, '"')
	for i, from := 0, 0; i <= len(u); i++ {
		if i < len(u) && !lone(u, i) {
			continue
		}
		plain := message.AppendText(nil, []byte(string(utf16.Decode(u[from:i]))))
		s.out = append(s.out, plain[1:len(plain)-1]...)
		if i < len(u) {
			s.out = fmt.Appendf(s.out, `\u%04x`, u[i])
		}
		from = i + 1
	}
	s.out = append(s.out, '"')
}

func (s *shower) key(name []byte) {
	if s.out[len(s.out)-1] != '{' {
		s.out = append(s.out, ',')
	}
	s.quote(name)
	s.out = append(s.out, ':')
}

func (s *shower) object(v value) {
	s.out = append(s.out, '{')
	for _, fld := range v.typ.Fields {
		got := get(s.r, s.f, &v, newKey(fld.Name))
		if s.full() || got.kind == undefined {
			continue
		}
		s.key([]byte(fld.Name))
		s.add(got)
		if fld.Oneof {
			s.key([]byte(message.MessageTypeKey))
			s.quote([]byte(fld.Name))
		}
	}
	s.out = append(s.out, '}')
}

func (s *shower) dict(v value) {
	s.out = append(s.out, '{')
	for all := entries(s.r, &v); !s.full(); {
		e, ok := all.Next()
		if !ok {
			break
		}
		name, val := message.Entry(e)
		s.key(name)
		s.quote(val)
	}
	s.out = append(s.out, '}')
}

func (s *shower) table(v value) {
	s.out = append(s.out, '{')
	for _, p := range v.cell.props {
		if s.full() || p.value.kind == undefined {
			continue
		}
		s.key([]byte(p.name))
		s.add(p.value)
	}
	s.out = append(s.out, '}')
}

func (s *shower) list(v value) {
	s.out = append(s.out, '[')
	var item value
	for cur, first := newCursor(s.r, &v), true; !s.full() && cur.next(s.f, &item); first = false {
		if !first {
			s.out = append(s.out, ',')
		}
		s.add(item)
	}
	s.out = append(s.out, ']')
}
