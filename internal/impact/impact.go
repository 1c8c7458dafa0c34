// Package impact says what a change of the rules would do, before it is made: it sends the same messages through the
// rules as they are and as they would be, and compares where each of them goes.
//
// The command and the admin API call it. It calls nobody: middlewares, which may change a message before the rules see
// it, are left out. Everything here is safe for concurrent use but for a Message, which belongs to one comparison.
package impact

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Outcome is what the rules did with one message.
type Outcome struct {
	Ref string // of the processor that got it; empty for none
	// a gRPC code's name: OK, NOT_FOUND, INTERNAL where a rule failed, INVALID_ARGUMENT where it is no message
	Code  string
	Error string // the caller's, where a rule failed: it names the rule
	Rule  int    // index of the rule that decided, which matched or failed; -1 for none
}

// destination is where the message went, for comparing.
func (o Outcome) destination() string {
	if o.Ref != "" {
		return o.Ref
	}
	return o.Code
}

// Route sends messages, in their wire form, through rules and returns what came of each, in order. It takes them in
// batches, so that the rules may be in another process.
type Route func(ctx context.Context, batch [][]byte) ([]Outcome, error)

// Rule is one of the candidate's rules.
type Rule struct {
	Ref     string
	Methods []message.Method
	Shadows []string // refs of the rules above that take everything, if that is known: see routing.Table.Shadows
}

// Message is one message to compare by.
type Message struct {
	ID   string                 // of the decision that it was recorded with; may be empty
	Read func() ([]byte, error) // returns its wire form; called once, beside those of other messages
	Was  *Outcome               // what became of it in traffic, where it was recorded
}

// Options say what to compare.
type Options struct {
	Before   Route  // nil: what became of each message in traffic, which every Message must then say
	After    Route  // the candidate
	Rules    []Rule // the candidate's
	Messages iter.Seq2[Message, error]
	Total    int                   // how many messages there are, for Progress; 0 where it isn't known
	Mask     *decision.Mask        // hides credentials in what the report shows; nil hides what needs no configuration
	Examples int                   // how many to keep of each kind of change; 0 stands for 20
	Names    int                   // how many rules to name in NeverMatched and in Unreachable; 0 for all
	Move     *MoveKey              // of this move, the report has the ids of its messages; may be nil
	Offset   int                   // how many of those to leave out at the start
	Gently   bool                  // read messages one after the other: the process has other things to do
	Progress func(done, total int) // may be nil
}

// The limits on a report.
const (
	defaultExamples = 20
	batchSize       = 1024
	maxGroups       = 1000 // different moves, and different errors
	maxIDs          = 1000 // of the move that was asked for
)

// Compare sends the messages through both. The report beside an error holds what was compared until then; it is
// ctx's error where that ended.
func Compare(ctx context.Context, opts Options) (*Report, error) {
	c := newComparison(opts)
	err := c.run(ctx)
	return c.report(), err
}

func (c *comparison) run(ctx context.Context) error {
	batch := make([]Message, 0, batchSize)
	for m, err := range c.opts.Messages {
		if err != nil {
			return err
		}
		if batch = append(batch, m); len(batch) < batchSize {
			continue
		}
		if err := c.batch(ctx, batch); err != nil {
			return err
		}
		batch = batch[:0]
	}
	return c.batch(ctx, batch)
}

func (c *comparison) batch(ctx context.Context, batch []Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	wire, err := c.read(batch)
	if err != nil {
		return err
	}
	before, err := c.before(ctx, batch, wire)
	if err != nil {
		return fmt.Errorf("route by the rules as they are: %w", err)
	}
	after, err := route(ctx, c.opts.After, wire)
	if err != nil {
		return fmt.Errorf("route by the candidate's rules: %w", err)
	}
	for i := range batch {
		c.add(batch[i].ID, wire[i], before[i], after[i])
	}
	if c.opts.Progress != nil {
		c.opts.Progress(c.done.Messages, c.opts.Total)
	}
	return nil
}

// read takes the messages out of whatever they were recorded in.
func (c *comparison) read(batch []Message) ([][]byte, error) {
	wire, errs := make([][]byte, len(batch)), make([]error, len(batch))
	workers := runtime.GOMAXPROCS(0)
	if c.opts.Gently {
		workers = 1
	}
	if !parallel(workers, len(batch), func(i int) { wire[i], errs[i] = batch[i].Read() }) {
		return nil, errPanicked
	}
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return wire, nil
}

func (c *comparison) before(ctx context.Context, batch []Message, wire [][]byte) ([]Outcome, error) {
	if c.opts.Before != nil {
		return route(ctx, c.opts.Before, wire)
	}
	was := make([]Outcome, len(batch))
	for i, m := range batch {
		if m.Was == nil {
			return nil, errors.New("a message doesn't say what became of it")
		}
		was[i] = *m.Was
	}
	return was, nil
}

func route(ctx context.Context, to Route, wire [][]byte) ([]Outcome, error) {
	outcomes, err := to(ctx, wire)
	if err == nil && len(outcomes) != len(wire) {
		err = fmt.Errorf("%d outcomes for %d messages", len(outcomes), len(wire))
	}
	return outcomes, err
}
