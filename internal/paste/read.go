package paste

import (
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// Read is one message that was read, and what an EdgePort would make of it.
type Read struct {
	Form    string          // sip, json, protobuf or decision: how it was written
	Outcome siptext.Outcome // of messages that aren't SIP text: converted
	Reason  string          // why it isn't converted; empty where it is
	Wire    []byte          // the MessageRequest; nil where the text is too little for one
	SIP     string          // the message's text, as it was read; notes and spans point into it
	Notes   []siptext.Note
	Spans   []siptext.Span

	at       int    // where in SIP the reason is
	complete bool   // it has every header that a message needs
	skipped  string // what stood before SIP
	here     error  // why the dispatcher itself refuses it
}

// Unusable returns why nothing can be tried on a message, as an *Error: an EdgePort refuses it, or it lacks a header
// that every message has. What the EdgePort would lose, or keep to itself, can be tried.
func (r Read) Unusable() error {
	if r.here != nil {
		return &Error{r.Form, r.here}
	}
	if r.Outcome != siptext.Refused && r.Wire != nil && r.complete {
		return nil
	}
	return &Error{r.Form, siptext.At(r.skipped+r.SIP, len(r.skipped)+r.at, r.Reason)}
}

// Summary is one line on the message: its method and Request-URI, or its status, and its Call-ID.
func (r Read) Summary() string {
	line, _, _ := strings.Cut(r.SIP, "\n")
	line = strings.TrimSuffix(strings.TrimRight(siptext.Decode([]byte(line)), "\r "), " SIP/2.0")
	req, err := message.Parse(r.Wire)
	if err != nil {
		return line
	}
	if line == "" {
		line = req.Method().String()
	}
	return line + ", Call-ID " + req.Ref()
}
