// Package decision keeps the record of what became of each message: a bounded log of recent ones, those who watch it,
// and sinks that outlive the process.
//
// Package dispatch adds one Record a message, which never blocks; package admin reads. It is safe for concurrent use.
package decision

import (
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Record is what became of one message. Package dispatch fills it while the message is on its way; Log.Add copies what
// it keeps, so that a Record can be used again.
type Record struct {
	Time       time.Time // when the message came in
	Epoch      uint64    // of the configuration that handled it
	Request    []byte    // the MessageRequest as it came; nobody changes it afterwards
	Routed     []byte    // the message as the rules saw it; nil where it didn't get to them
	CallID     []byte    // a part of Request
	EdgePort   []byte    // a part of Request
	Sender     []byte    // who sent the message to the EdgePort, a part of Request
	Method     message.Method
	Response   bool   // the message is a SIP response
	Processor  string // ref of the processor that the rules picked; empty for none
	RulesTried int
	Code       status.Code
	Error      string // what the caller was told; empty for OK
	Cause      string // what the operator wants to know besides, for the process's own log; not kept
	Answered   string // the SIP response type given instead of the error (spec.answerFailures); empty for none
	Shared     bool   // a retransmission that got the answer of the request in flight; it has no calls of its own
	Total      time.Duration
	Match      time.Duration
	Calls      []Call // in the order they were made
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
