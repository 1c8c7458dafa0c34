package given

import "github.com/fonoster/routr-dispatcher/internal/siptext"

// Read is one message that was read, and what an EdgePort would make of it.
type Read struct {
	Form    string          // sip, json, protobuf or decision: how it was written
	Outcome siptext.Outcome // of messages that aren't SIP text: converted
	Reason  string          // why it isn't converted; empty where it is
	Wire    []byte          // the MessageRequest; nil where the text is too little for one
	SIP     string          // the message's text, as it was read; notes and spans point into it
	Notes   []siptext.Note
	Spans   []siptext.Span

	at       int  // where in SIP the reason is
	complete bool // it has every header that a message needs
}
