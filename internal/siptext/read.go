package siptext

import (
	"strings"
	"time"
)

// head reads a message's head from text, which begins with it, and returns where the body begins.
func (m *message) head(text string, headEnd int) int {
	at := 0
	for at < len(text) && (text[at] < ' ' || text[at] >= 0x80) { // the stack's bytes have a sign
		at++
	}
	if at == len(text) {
		m.keepBack(0, len(text), "the EdgePort ignores what has no printable character")
		return len(text)
	}
	tcp := m.transport.stream()
	var pending *line
	for first := true; ; first = false {
		end, next, ok := lineEnds(text, at, tcp)
		if !ok {
			m.unfinished(pending, at, len(text), first)
			return len(text)
		}
		raw := text[at:end]
		if tcp {
			raw = strings.ReplaceAll(raw, "\r", "")
		}
		line := trimRight(decode(raw))
		switch {
		case line == "":
			m.header(pending)
			if first {
				m.refuse(at, end, "the first line is blank")
			}
			return max(next, headEnd)
		case first:
			m.start(newLine(line, text[at:end], at, tcp))
		case line[0] == ' ' || line[0] == '\t':
			if pending == nil {
				m.refuse(at, end, "a continuation line follows the start line")
				break
			}
			pending.add(line[1:], text[at+strings.IndexByte(text[at:end], line[0])+1:end],
				at+strings.IndexByte(text[at:end], line[0])+1, tcp)
		default:
			m.header(pending)
			pending = newLine(line, text[at:end], at, tcp)
		}
		if begin := strings.LastIndexByte(text[:at], '\n') + 1; tcp && returns(text[begin:end]) == 1 {
			m.header(pending)
			m.noteAt(begin, end, Ignored,
				"this line begins with a carriage return: over a stream the EdgePort reads no header behind it")
			return max(next, headEnd)
		}
		at = next
	}
}

// newLine begins a line.
func newLine(text, raw string, from int, tcp bool) *line {
	ln := &line{}
	ln.add(text, raw, from, tcp)
	return ln
}

// unfinished notes what the stack doesn't read because no empty line follows.
func (m *message) unfinished(pending *line, at, end int, first bool) {
	if first {
		m.refuse(at, end, "the first line has no end")
		return
	}
	from := at
	if pending != nil {
		from = pending.pieces[0].from
	}
	if from < end {
		m.noteAt(from, end, Ignored, "no empty line follows, so the EdgePort doesn't read this")
	}
}

// header reads one header; there may be none.
func (m *message) header(ln *line) {
	if ln == nil {
		return
	}
	ln.whole()
	l := &lexer{buf: ln.text + "\n", line: ln, now: m.now}
	name, _, ok := strings.Cut(ln.text, ":")
	if !ok || name == "" {
		from, to := ln.ranges(place{0, len(ln.text)})
		if m.transport.stream() {
			m.refuse(from, to, "this line is no header, for a name and a colon are missing")
		} else {
			m.noteAt(from, to, Ignored,
				"this line is no header, for a name and a colon are missing: the EdgePort drops it")
		}
		return
	}
	h := known[lower(trim(name))]
	if h == nil {
		m.unknown(l)
		return
	}
	l.name(trim(name))
	l.start = l.pos
	if h.own != nil {
		h.own(l, m)
	} else {
		m.extension(l, h)
	}
	if l.fault != nil {
		m.bad(l, h)
	}
}

// name reads a header's name and its colon.
func (l *lexer) name(name string) {
	if token := l.run(isTokenChar); token != name {
		l.failf("control characters stand before the name")
	}
	l.blanks()
	l.expect(':')
	l.blanks()
}

// unknown reads a header that the stack doesn't know.
func (m *message) unknown(l *lexer) {
	name := l.before(':')
	l.skip(':')
	l.blanks()
	l.start = l.pos
	value := trim(l.rest())
	if l.fault != nil {
		m.bad(l, &header{name: name})
		return
	}
	from := l.start + leading(l.buf[l.start:])
	m.attach(l, nil, name, []entry{{value: value, at: place{from, from + len(value)}}})
}

// extension reads a header that becomes extensions.
func (m *message) extension(l *lexer, h *header) {
	var e entries
	h.read(l, &e)
	if l.fault != nil {
		return
	}
	for i := range e.list {
		if why := e.list[i].fails; why != "" {
			m.losef(l, e.list[i].at, "%s", why)
		}
		if !h.whole {
			e.list[i].value = cut(h.name, e.list[i].value)
		}
	}
	if h.name == "CSeq" && !m.sequence(l, e.list[0].value) {
		return
	}
	m.attach(l, h, h.name, e.list)
}

// sequence keeps the first CSeq's method. A header's name is none: the stack takes it for one.
func (m *message) sequence(l *lexer, value string) bool {
	_, method, _ := strings.Cut(value, " ")
	if h := known[strings.ToLower(method)]; h != nil && method != "B" {
		l.failf("the CSeq has no method")
		return false
	}
	if m.cseq == "" {
		m.cseq = method
	}
	return true
}

// cut returns what the EdgePort takes as the value: of the header written again, what stands between the first and the
// second name with its colon.
func cut(name, value string) string {
	text := " " + value
	text, _, _ = strings.Cut(text, name+":")
	return trim(text)
}

// bad notes a header that can't be read. Without From, To, Via, CSeq or Call-ID there is no message.
func (m *message) bad(l *lexer, h *header) {
	end := len(l.line.text)
	from, to := l.line.ranges(place{min(l.fault.at, end), end})
	switch {
	case l.fault.crash || h.vital && !m.transport.stream():
		m.refuse(from, to, h.name+" can't be read: "+l.fault.message)
	default:
		m.noteAt(from, to, Ignored, h.name+" can't be read, and the EdgePort drops it: "+l.fault.message)
	}
}

// nameEnd returns where a header's name ends in its line.
func nameEnd(buf string) int { return len(strings.TrimRight(buf[:strings.IndexByte(buf, ':')], " \t")) }

// clock is the time where nobody sets another.
func clock(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
