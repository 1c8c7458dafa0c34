// Package siptext turns the raw text of a SIP message into the MessageRequest that an EdgePort makes of it, every byte
// of it, so that a rule tried in the console sees what it sees in traffic; and says where the EdgePort makes none, and
// why. Write turns a message into such a text again. The admin API, the command line and the generator of the samples
// call it.
//
// The measure is not RFC 3261 but the stack in an EdgePort: JAIN-SIP's reference implementation, and the EdgePort's
// converters. What they take, this package takes; what they drop, write anew, refuse or fail on, it drops, writes anew,
// refuses or calls lost, with a note on the place. test/jainsip holds it against the stack's own parser.
//
// Read finds the message (stream.go) and its lines (read.go, line.go). A lexer (lexer.go) reads a line into what the
// stack keeps of it: parameters, hosts, URIs, addresses. known.go lists the headers: those with a field of their own
// (fields.go, via.go, auth.go), and those that become extensions (tokens.go, list.go, numbers.go, single.go and
// others). judge.go says what becomes of the whole.
//
// Everything here is free of state and safe for concurrent use.
package siptext

import (
	"fmt"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// MaxSize is the longest text that Read reads, in bytes: twice the largest body that was seen to pass an EdgePort.
const MaxSize = 256 << 10

// Read reads one message: a datagram, or the first message of a stream. Text of the result is what it took of text.
//
// It fails only where text is longer than MaxSize, or where the options name a transport that doesn't exist.
func Read(text string, opts Options) (Result, error) {
	if len(text) > MaxSize {
		return Result{}, fmt.Errorf("read SIP text: %d bytes, and at most %d are allowed", len(text), MaxSize)
	}
	if err := CheckTransport(opts.Transport); err != nil {
		return Result{}, err
	}
	m := &message{
		msg: &routrpb.SIPMessage{}, byName: map[string]*group{}, transport: transport(strings.ToUpper(opts.Transport)),
		now: clock(opts.Now),
	}
	if m.transport == "" {
		m.transport = viaTransport(text)
	}
	f := frame{end: len(text)}
	if m.transport.stream() {
		if f = frameOf(text); f.trouble != "" {
			m.keepBack(0, len(text), f.trouble)
			m.undelivered, m.transport = true, "UDP" // to be looked at, it is read as it stands
			f = frame{end: len(text)}
		}
	}
	m.text = text[:f.end]
	body := m.head(m.text, f.body)
	m.body(m.text[body:], f.body > 0)
	m.judge()
	return m.result(opts), nil
}

// viaTransport returns what the first Via of a text says of the transport, UDP where nothing can be made of it.
func viaTransport(text string) transport {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || !strings.EqualFold(name, "via") && !strings.EqualFold(name, "v") {
			continue
		}
		l := &lexer{buf: strings.TrimLeft(value, " \t") + "\n"}
		name = strings.ToUpper(l.via().transport.text)
		if _, ok := routrpb.Transport_value[name]; ok {
			return transport(name)
		}
		break
	}
	return "UDP"
}

// result puts together what was read.
func (m *message) result(opts Options) Result {
	r := Result{Outcome: Converted, Notes: m.notes, Spans: m.spans, Text: m.text, complete: len(m.lacks()) == 0}
	switch {
	case m.refusal != nil && !m.undelivered:
		r.Outcome, r.Reason = Refused, m.refusal.Message
	case m.drop != nil:
		r.Outcome, r.Reason = Dropped, m.drop.Message
	case m.loss != nil:
		r.Outcome, r.Reason = Lost, m.loss.Message
	}
	if m.msg.MessageType != nil {
		m.seen(opts)
		r.Request = opts.wrap(m)
	}
	return r
}
