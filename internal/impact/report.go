package impact

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Report says what a change of the rules would do to the messages that were compared.
type Report struct {
	Messages     int           `json:"messages"`
	Unchanged    int           `json:"unchanged"` // they go where they went
	Moved        int           `json:"moved"`
	Moves        []Move        `json:"moves"`        // the most frequent first
	NeverMatched []string      `json:"neverMatched"` // refs of the candidate's rules that took none of the messages
	Unreachable  []Unreachable `json:"unreachable"`  // those of the candidate's rules that no message got to
	NewErrors    []Failure     `json:"newErrors"`    // the most frequent first
	FixedErrors  []Failure     `json:"fixedErrors"`  // the most frequent first
	Codes        Codes         `json:"codes"`
	LeftOut      int           `json:"leftOut"` // moves and errors of kinds beyond the first 1000

	NeverMatchedCount int `json:"neverMatchedCount"` // NeverMatched may be cut
	UnreachableCount  int `json:"unreachableCount"`

	// IDs are of the decisions of the move that was asked for; Next is the offset of those that follow, 0 for none.
	IDs  []string `json:"ids,omitzero"`
	Next int      `json:"next,omitempty"`
}

// Move is where messages go now, and where they would.
type Move struct {
	From     string         `json:"from"` // a processor's ref, or a code where no processor gets them
	To       string         `json:"to"`
	Rule     string         `json:"rule,omitempty"` // ref of the candidate's rule that decided, by matching or failing
	Count    int            `json:"count"`
	ByMethod map[string]int `json:"byMethod"` // of Count; UNKNOWN is whatever has no name
	Examples []Example      `json:"examples"`
}

// Unreachable is a rule that no message got to.
type Unreachable struct {
	Ref    string `json:"ref"`
	Always bool   `json:"always"` // no message ever will; else none of those that were compared did
	Reason string `json:"reason"`
}

// Failure is how a rule fails.
type Failure struct {
	Ref      string    `json:"ref,omitempty"` // the rule's; not known of one that was recorded
	Error    string    `json:"error"`
	Count    int       `json:"count"`
	Examples []Example `json:"examples"`
}

// Codes counts what messages came to.
type Codes struct {
	Before map[string]int `json:"before"`
	After  map[string]int `json:"after"`
}

// Example is one message.
type Example struct {
	ID     string `json:"id,omitempty"` // of the decision
	Index  int    `json:"index"`        // among the messages that were compared, from 0
	CallID string `json:"callId"`
	Method string `json:"method"`
}

// comparison gathers a report.
type comparison struct {
	opts    Options
	done    Report
	moves   map[MoveKey]*Move
	broken  map[failureKey]*Failure
	fixed   map[failureKey]*Failure
	matched []int                  // by rule of the candidate
	reached map[message.Method]int // by method: how many rules, from the top, messages got to
	asked   int                    // messages of the move that was asked for
}

// MoveKey tells moves apart: see Move.
type MoveKey struct {
	From string `json:"from"`
	To   string `json:"to"`
	Rule string `json:"rule"`
}

type failureKey struct{ ref, text string }

func newComparison(opts Options) *comparison {
	opts.Examples = cmp.Or(opts.Examples, defaultExamples)
	c := &comparison{
		opts:  opts,
		done:  Report{Codes: Codes{Before: map[string]int{}, After: map[string]int{}}},
		moves: map[MoveKey]*Move{}, broken: map[failureKey]*Failure{}, fixed: map[failureKey]*Failure{},
		matched: make([]int, len(opts.Rules)), reached: map[message.Method]int{},
	}
	if opts.Move != nil {
		c.done.IDs = []string{}
	}
	return c
}

// add takes in one message.
func (c *comparison) add(id string, wire []byte, before, after Outcome) {
	x := Example{ID: id, Index: c.done.Messages}
	method := message.Method(-1)
	if req, err := message.Parse(wire); err == nil {
		method = req.Method()
		x.CallID, x.Method = c.opts.Mask.Ref(req.CallID()), method.String()
	}
	before.Error, after.Error = c.opts.Mask.Text(before.Error, wire), c.opts.Mask.Text(after.Error, wire)
	c.done.Messages++
	c.done.Codes.Before[before.Code]++
	c.done.Codes.After[after.Code]++
	c.reach(method, after)
	if before.destination() == after.destination() {
		c.done.Unchanged++
	} else {
		c.done.Moved++
		c.move(MoveKey{before.destination(), after.destination(), c.ref(after.Rule)}, method, x)
	}
	if before.Error == after.Error {
		return
	}
	if after.Error != "" {
		c.failure(c.broken, failureKey{c.ref(after.Rule), after.Error}, x)
	}
	if before.Error != "" {
		c.failure(c.fixed, failureKey{"", before.Error}, x)
	}
}

// reach notes how far down the candidate's rules the message got: to the one that decided.
func (c *comparison) reach(method message.Method, after Outcome) {
	if _, known := routrpb.Method_name[int32(method)]; !known || after.Code == status.InvalidArgument.String() {
		return // no rule takes methods without a name, and there are too many of them to remember
	}
	if after.Ref != "" && after.Rule >= 0 && after.Rule < len(c.matched) {
		c.matched[after.Rule]++
	}
	last := len(c.opts.Rules)
	if after.Rule >= 0 {
		last = after.Rule + 1
	}
	c.reached[method] = max(c.reached[method], last)
}

// got reports whether a message got to rule i.
func (c *comparison) got(i int) bool {
	return slices.ContainsFunc(c.opts.Rules[i].Methods, func(m message.Method) bool { return c.reached[m] > i })
}

func (c *comparison) ref(rule int) string {
	if rule < 0 || rule >= len(c.opts.Rules) {
		return ""
	}
	return c.opts.Rules[rule].Ref
}

func (c *comparison) move(key MoveKey, method message.Method, x Example) {
	if c.opts.Move != nil && key == *c.opts.Move {
		c.ask(x.ID)
	}
	m := c.moves[key]
	if m == nil {
		if len(c.moves) >= maxGroups {
			c.done.LeftOut++
			return
		}
		m = &Move{From: key.From, To: key.To, Rule: key.Rule, ByMethod: map[string]int{}}
		c.moves[key] = m
	}
	m.Count++
	m.ByMethod[named(method)]++
	m.Examples = c.example(m.Examples, x)
}

// named is a method's name. Numbers without one are too many to be told apart.
func named(method message.Method) string {
	return cmp.Or(routrpb.Method_name[int32(method)], routrpb.Method_UNKNOWN.String())
}

// ask notes the id of a message of the move that was asked for.
func (c *comparison) ask(id string) {
	switch n := c.asked - c.opts.Offset; {
	case n >= maxIDs:
		c.done.Next = c.opts.Offset + maxIDs
	case n >= 0:
		c.done.IDs = append(c.done.IDs, id)
	}
	c.asked++
}

func (c *comparison) failure(into map[failureKey]*Failure, key failureKey, x Example) {
	f := into[key]
	if f == nil {
		if len(into) >= maxGroups {
			c.done.LeftOut++
			return
		}
		f = &Failure{Ref: key.ref, Error: key.text}
		into[key] = f
	}
	f.Count++
	f.Examples = c.example(f.Examples, x)
}

func (c *comparison) example(list []Example, x Example) []Example {
	if len(list) >= c.opts.Examples {
		return list
	}
	return append(list, x)
}

// report puts in order what was gathered. What is gathered later doesn't change it.
func (c *comparison) report() *Report {
	r := c.done
	r.Codes = Codes{Before: maps.Clone(r.Codes.Before), After: maps.Clone(r.Codes.After)}
	r.Moves = []Move{}
	for _, m := range c.moves {
		moved := *m
		moved.ByMethod = maps.Clone(m.ByMethod)
		r.Moves = append(r.Moves, moved)
	}
	slices.SortFunc(r.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To),
			cmp.Compare(a.Rule, b.Rule))
	})
	r.NewErrors, r.FixedErrors = failures(c.broken), failures(c.fixed)
	r.NeverMatched, r.Unreachable = []string{}, []Unreachable{}
	for i, rule := range c.opts.Rules {
		if c.matched[i] == 0 {
			r.NeverMatched = append(r.NeverMatched, rule.Ref)
		}
		if len(rule.Shadows) > 0 {
			r.Unreachable = append(r.Unreachable, Unreachable{rule.Ref, true,
				strings.Join(rule.Shadows, " and ") + " above takes every message of its methods"})
		} else if !c.got(i) {
			r.Unreachable = append(r.Unreachable, Unreachable{rule.Ref, false,
				"none of the messages got to it: they have other methods, or went to rules above"})
		}
	}
	r.NeverMatchedCount, r.UnreachableCount = len(r.NeverMatched), len(r.Unreachable)
	if most := c.opts.Names; most > 0 {
		r.NeverMatched = r.NeverMatched[:min(most, len(r.NeverMatched))]
		r.Unreachable = r.Unreachable[:min(most, len(r.Unreachable))]
	}
	return &r
}

func failures(from map[failureKey]*Failure) []Failure {
	list := []Failure{}
	for _, f := range from {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Error, b.Error))
	})
	return list
}
