package siptext

import "github.com/fonoster/routr-dispatcher/gen/routrpb"

// Outcome is what becomes of a text in an EdgePort.
type Outcome string

// The outcomes.
const (
	Converted Outcome = "converted" // it reaches the dispatcher
	Lost      Outcome = "lost"      // the EdgePort fails on it, and the sender gets no answer from its listener
	Refused   Outcome = "refused"   // the EdgePort's parser doesn't take it; a request over UDP is answered with 400
	Dropped   Outcome = "dropped"   // the EdgePort's stack keeps it, or drops it
)

// Result is what an EdgePort makes of one message.
type Result struct {
	Outcome Outcome
	Reason  string // why it isn't converted; empty where it is
	// Request is what the dispatcher gets. Where the outcome is another than converted it is what could be read, to be
	// looked at; nil where that is too little to be a message.
	Request *routrpb.MessageRequest
	Notes   []Note
	Spans   []Span
	Text    string // what was read of the text that Read was given: this message alone

	complete bool
}

// Complete reports whether the message has every header that a stack asks for: From, To, Call-ID, CSeq and Via.
func (r Result) Complete() bool { return r.complete }

// Kind is what a note tells.
type Kind string

// The kinds of notes.
const (
	Info    Kind = "info"    // something that the EdgePort does, and that a reader of the text may not expect
	Ignored Kind = "ignored" // a part of the text doesn't get into the message
	Failure Kind = "failure" // why the message isn't converted
)

// Note is something that the EdgePort does with a part of the text.
type Note struct {
	Kind    Kind
	Message string
	From    int // the part's first byte in Text
	To      int // the byte behind its last one
}

// Span ties a part of the text to what a rule reads of it.
type Span struct {
	Path string // as a rule writes it, without req: message.from.address.uri.user
	From int    // the part's first byte in Text
	To   int    // the byte behind its last one
}

// maxNotes bounds the notes on a message, and maxSpans its spans: texts come from strangers. Failures have room behind
// the other notes.
const (
	maxNotes     = 200
	moreFailures = 20
	maxSpans     = 10_000
)
