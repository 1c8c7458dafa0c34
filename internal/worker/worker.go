// Package worker evaluates matchFuncs that come from elsewhere, such as the admin API, in processes of their own.
//
// A rule from the configuration is the operator's and is bounded by the engine that runs it (package matchfunc). One
// that comes through a side door is foreign: not even its parsing happens in the process that moves messages. A Pool
// starts the same binary with a hidden command, whose Main reads a source and messages from a pipe, evaluates them and
// answers; the parent kills it when it exceeds a limit of time or memory, and starts another when the next rule comes.
//
// A Pool is safe for concurrent use. Whatever a child writes is taken for foreign too: it is bounded and checked.
package worker

import (
	"errors"
	"fmt"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// What one Request may hold.
const (
	MaxSource   = source.MaxSize // bytes of the source
	MaxMessages = 1000           // messages
	MaxBytes    = 4 << 20        // bytes of all messages together
)

// Request is one foreign rule and what to run it over.
type Request struct {
	// Source is the text of the matchFunc.
	Source string
	// Messages are MessageRequests in their wire form.
	Messages [][]byte
	// Timeout bounds the evaluation of one message, within the Pool's TimeLimit for them all. 0 stands for what
	// package matchfunc gives a rule.
	Timeout time.Duration
	// Explain asks for values and operands too.
	Explain bool
	// Trial asks what the rule would do in a table, and for statistics in place of values and operands; may be nil.
	Trial *Trial
}

func (r *Request) check() error {
	if len(r.Source) > MaxSource {
		return fmt.Errorf("evaluate a source of %d bytes: %w: it may have %d", len(r.Source), ErrTooLarge, MaxSource)
	}
	if len(r.Messages) > MaxMessages {
		return fmt.Errorf("evaluate over %d messages: %w: they may be %d", len(r.Messages), ErrTooLarge, MaxMessages)
	}
	size := 0
	for _, m := range r.Messages {
		size += len(m)
	}
	if size > MaxBytes {
		return fmt.Errorf("evaluate over messages of %d bytes: %w: they may have %d together", size, ErrTooLarge,
			MaxBytes)
	}
	return nil
}

// Response is what came of a Request whose source loads.
type Response struct {
	// Native reports whether the rule runs as Go closures; where it doesn't, Reason and At say why.
	Native bool
	At     matchfunc.Place
	Reason string
	// Warnings are what a person should look at again.
	Warnings []matchfunc.Warning `json:",omitempty"`
	// Results holds one Result a message, in their order.
	Results []Result
	Tally   []Tally  `json:",omitempty"` // of a trial: what operands gave
	Reads   []string `json:",omitempty"` // of a trial: see matchfunc.Explanation
}

// Result is what the rule said to one message: a match, no match, or an error.
type Result struct {
	Matched bool
	Err     *matchfunc.EvalError // nil unless the evaluation failed; InvalidMessage names bytes that are no message
	// of the evaluation alone, measured by the child; with its explanation, where asked for
	Duration time.Duration
	Value    string              `json:",omitempty"` // what it returned, as JSON cut at 1 kB; where asked for
	Operands []matchfunc.Operand `json:",omitempty"` // where asked for, 10,000 over all results
	Because  string              `json:",omitempty"` // likewise, as matchfunc.Explanation has it
	Flips    int                 // likewise
	Reads    []string            `json:",omitempty"` // likewise

	// Of a trial: whether the rule takes the message's method, whether the message gets to the rule's place, and
	// where it goes by the table and where it would: an index of a rule, or NoRule, FailedRule or TriedRule.
	OtherMethod bool `json:",omitempty"`
	Reached     bool `json:",omitempty"`
	Was, Is     int
}

// InvalidMessage is the Name of the error of a message that can't be read.
const InvalidMessage = "InvalidMessage"

// Why an evaluation has no answer. All of them leave the Pool in order.
var (
	ErrBusy     = errors.New("the rule workers are busy and enough callers wait for them")
	ErrClosed   = errors.New("the rule workers are shut down")
	ErrTooLarge = errors.New("too large")
	ErrCrashed  = errors.New("the rule worker ended without an answer")
)

// Limit is what a LimitError was about.
type Limit string

// The limits that a child is killed at.
const (
	Time   Limit = "time"
	Memory Limit = "memory"
)

// LimitError says that the child was killed because the evaluation exceeded a limit of the Pool.
type LimitError struct {
	Limit Limit
	Bound string // such as "250ms" or "128 MiB"
}

func (e *LimitError) Error() string {
	if e.Limit == Time {
		return "the rule ran longer than " + e.Bound + " and was stopped"
	}
	return "the rule took more than " + e.Bound + " of memory and was stopped"
}
