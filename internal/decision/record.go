// Package decision keeps the record of what became of each message: a bounded log of recent ones, those who watch it,
// and sinks that outlive the process.
//
// Package dispatch adds one Record a message, which never blocks; package admin reads. It is safe for concurrent use.
package decision

import (
	"cmp"
	"math"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Record is what became of one message. Package dispatch fills it while the message is on its way; Log.Add copies what
// it keeps, so that a Record can be used again.
type Record struct {
	Time       time.Time // when the message came in
	Epoch      uint64    // of the configuration that handled it
	Request    []byte    // the MessageRequest as it came; nobody changes it before the record is added; see Relayed
	Routed     []byte    // the message as the rules saw it; nil where it didn't get to them
	CallID     []byte    // a part of Request
	EdgePort   []byte    // a part of Request
	Sender     []byte    // who sent the message to the EdgePort, a part of Request
	Method     message.Method
	Response   bool   // the message is a SIP response
	Processor  string // ref of the processor that the rules picked; empty for none
	FailedRule string // ref of the last rule that threw or ran out of its limits, skipped or not; empty for none
	RulesTried int
	Code       status.Code
	Error      string // what the caller was told; empty for OK
	Cause      string // what the operator wants to know besides, for the process's own log; not kept
	Answered   string // the SIP response type given instead of the error (spec.answerFailures); empty for none
	Answer     Answer // what the caller got where nothing failed
	Shared     bool   // a retransmission that got the answer of the request in flight; it has no calls of its own
	Relayed    bool   // it took the relay, which uses the bytes of Request and Routed again once the record is added
	Trace      string // id of the trace that the caller or Tracing began, in hexadecimal; empty for none; not kept
	Total      time.Duration
	Match      time.Duration
	Calls      []Call // in the order they were made

	// Rules are what the rules of its configuration did, which this record is counted in; nil for none. Nobody keeps
	// it.
	Rules *RuleCounts

	head      head  // see Read
	rule      int32 // of Processor, counted from 1; 0 for none
	failed    int32 // of FailedRule, likewise
	ruleError error // of FailedRule
	// own says that Request is a buffer of the log's, which nobody else has: see slot.fill.
	own bool
}

// Begin makes r the record of a request that came in. Its buffers are used again.
func (r *Record) Begin(request []byte, now time.Time) {
	if len(request) == 0 {
		request = nil // there is nothing to keep
	}
	*r = Record{Time: now, Request: request, Calls: r.Calls[:0], head: head{text: r.head.text[:0]}}
}

// Read takes down what a message is, when it comes in. What it keeps of the request are parts of it.
func (r *Record) Read(req *message.Request) {
	r.CallID, r.EdgePort, r.Sender = req.CallID(), req.EdgePort(), req.SenderHost()
	r.Method, r.Response = req.Method(), req.Form() == message.SIPResponse
	r.head.read(req)
}

// Picked takes down which rule, by its index, took the message.
func (r *Record) Picked(rule int, processor string) {
	r.rule, r.Processor = int32(rule)+1, processor // a configuration file holds far fewer
}

// Rule returns the place of the rule that took the message, counted from 1; 0 where none did.
func (r *Record) Rule() int { return int(r.rule) }

// RuleFailed takes down which rule, by its index, threw or ran out of its limits.
func (r *Record) RuleFailed(rule int, ref string, err error) {
	r.failed, r.FailedRule, r.ruleError = int32(rule)+1, ref, err // as above
}

// Amended takes down whether the middleware that was called last made another message of this one.
func (r *Record) Amended(changed bool) { r.Calls[len(r.Calls)-1].Changed = changed }

// Answer is the form of what goes back: 0 for nothing, Onward for a SIP request, which the EdgePort sends on, and
// else the type of a SIP response, counted from Responses.
type Answer int32

// What an Answer may be.
const (
	Onward    Answer = 1
	Responses Answer = 2
)

// AnswerOf says what the caller got.
func AnswerOf(form message.Form, t message.ResponseType) Answer {
	switch form {
	case message.SIPRequest:
		return Onward
	case message.SIPResponse:
		// no type has such a number
		return Responses + Answer(min(max(t, 0), math.MaxInt32-message.ResponseType(Responses)))
	}
	return 0
}

// String is "message" for what is sent on, and the name of a response's type.
func (a Answer) String() string {
	switch {
	case a == 0:
		return ""
	case a == Onward:
		return "message"
	}
	return message.ResponseType(a - Responses).String()
}

// Call is one call to a middleware or a processor, with all its attempts.
type Call struct {
	Ref      string
	Addr     string // of the instance that answered, or was tried last; empty where none could be
	Role     string // "middleware" or "processor"
	Code     status.Code
	Attempts int
	Duration time.Duration
	Skipped  bool   // it failed, and the message went on (onError: skip)
	Changed  bool   // it is a middleware, and made another message of this one
	Cause    string // why, for the log alone
}

// Kind is what people call a message: a request or a response.
func (r *Record) Kind() string {
	if r.Response {
		return "response"
	}
	return "request"
}

// about is the message that the error may quote: rules and those who were called have seen one.
func (r *Record) about() []byte {
	if r.Routed == nil && len(r.Calls) > 0 {
		return r.Request
	}
	return r.Routed
}

// blamed is the ref of the rule or the backend by whose fault a message failed; empty for none.
func (r *Record) blamed() string {
	if r.Code == status.OK {
		return ""
	}
	rule, backend := r.fault()
	return cmp.Or(rule, backend)
}

// fault tells who is to blame where a message failed: the rule that threw, or the backend that was called last.
func (r *Record) fault() (rule, backend string) {
	if r.FailedRule != "" && r.Processor == "" {
		return r.FailedRule, ""
	}
	if n := len(r.Calls); n > 0 && r.Calls[n-1].Code != status.OK && !r.Calls[n-1].Skipped {
		return "", r.Calls[n-1].Ref
	}
	return "", ""
}
