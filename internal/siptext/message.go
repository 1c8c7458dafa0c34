package siptext

import (
	"fmt"
	"strconv"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// maxInt32 is the largest number that a message's fields hold.
const maxInt32 = 1<<31 - 1

// message is a message while it is read.
type message struct {
	msg       *routrpb.SIPMessage
	request   bool
	method    string // of the request line
	status    int32  // of the status line
	uriAt     place  // of the Request-URI or the status code, in the start line
	startLine *line
	cseq      string // the CSeq's method
	length    int32  // what Content-Length says
	hasLength bool
	groups    []*group // extensions, in the order of their names' first occurrence
	byName    map[string]*group
	transport transport
	now       func() time.Time

	undelivered         bool  // the stack never comes to reading it
	refusal, loss, drop *Note // the first reason of each kind
	notes               []Note
	spans               []Span
	text                string
}

// group is the extensions of one header name.
type group struct {
	first   *lexer
	entries []grouped
}

// grouped is one extension and its line.
type grouped struct {
	name  string
	entry entry
	line  *lexer
}

// note adds a note on a place of a line.
func (m *message) note(l *lexer, at place, kind Kind, format string, args ...any) *Note {
	from, to := l.line.ranges(place{min(at.from, len(l.line.text)), min(max(at.to, at.from), len(l.line.text))})
	return m.noteAt(from, to, kind, fmt.Sprintf(format, args...))
}

func (m *message) noteAt(from, to int, kind Kind, text string) *Note {
	n := Note{Kind: kind, Message: text, From: from, To: to}
	if len(m.notes) < maxNotes || kind == Failure && len(m.notes) < maxNotes+moreFailures {
		m.notes = append(m.notes, n)
	}
	return &n
}

// losef notes that the EdgePort's converter fails.
func (m *message) losef(l *lexer, at place, format string, args ...any) {
	if n := m.note(l, at, Failure, "the EdgePort loses this message: "+format, args...); m.loss == nil {
		m.loss = n
	}
}

// refuse notes that the EdgePort's parser gives up.
func (m *message) refuse(from, to int, text string) {
	if n := m.noteAt(from, to, Failure, "the EdgePort refuses this message: "+text); m.refusal == nil {
		m.refusal = n
	}
}

// keepBack notes that the EdgePort's stack doesn't hand the message on.
func (m *message) keepBack(from, to int, text string) {
	if n := m.noteAt(from, to, Failure, text); m.drop == nil {
		m.drop = n
	}
}

// again notes a header that counts once and is there already.
func (m *message) again(l *lexer, there bool) bool {
	if there {
		m.note(l, place{0, len(l.buf) - 1}, Ignored, "only the first of these headers counts")
	}
	return there
}

// mark ties a place of a line to what a rule reads. Places without a character tie nothing.
func (m *message) mark(path string, l *lexer, at place) {
	if at.to <= at.from || at.to > len(l.buf) || len(m.spans) >= maxSpans {
		return
	}
	from, to := l.line.ranges(at)
	m.spans = append(m.spans, Span{path, from, to})
}

// attach adds an extension header's entries, each header's behind those that it had before.
func (m *message) attach(l *lexer, h *header, name string, entries []entry) {
	key := lower(name)
	g := m.byName[key]
	if g == nil {
		g = &group{first: l}
		m.groups, m.byName[key] = append(m.groups, g), g
	} else if h != nil && !h.list {
		m.again(l, true)
		return
	}
	for _, e := range entries {
		g.entries = append(g.entries, grouped{name, e, l})
	}
	if n := len(entries); n > 1 {
		m.note(l, place{0, len(l.buf) - 1}, Info, "this header becomes %d extensions called %s", n, name)
	}
}

// extensions converts the extension headers, in the order of their names' first occurrence.
func (m *message) extensions() {
	for _, g := range m.groups {
		if len(g.entries) == 0 {
			m.losef(g.first, place{0, len(g.first.buf) - 1}, "this header has no value")
		}
		for _, x := range g.entries {
			path := "message.extensions[" + strconv.Itoa(len(m.msg.Extensions)) + "]"
			m.mark(path+".name", x.line, place{0, nameEnd(x.line.buf)})
			m.mark(path+".value", x.line, x.entry.at)
			m.msg.Extensions = append(m.msg.Extensions, &routrpb.Extension{Name: x.name, Value: x.entry.value})
		}
	}
}
