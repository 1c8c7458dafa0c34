package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// What a Table may hold: what a configuration file of the largest size does.
const (
	MaxRules       = 100_000
	MaxTableSource = 8 << 20 // bytes of all sources together
)

// Table is the rules of a foreign configuration, in file order.
type Table struct {
	Rules           []Rule
	SkipFailedRules bool          // spec.onRuleError: skip
	Timeout         time.Duration // of one evaluation; 0 stands for what package matchfunc gives a rule
}

// Rule is one of them.
type Rule struct {
	Ref     string
	Methods []message.Method
	Source  string `json:"-"` // goes in a frame of its own
}

func (t *Table) check() error {
	size := 0
	for _, r := range t.Rules {
		size += len(r.Source)
	}
	if len(t.Rules) > MaxRules || size > MaxTableSource {
		return fmt.Errorf("load %d rules of %d bytes: %w: they may be %d of %d together", len(t.Rules), size,
			ErrTooLarge, MaxRules, MaxTableSource)
	}
	return nil
}

// RuleInfo is what there is to say of a rule that was loaded, or wasn't.
type RuleInfo struct {
	SourceError *matchfunc.SourceError `json:",omitempty"` // why it can't be a rule; nothing else is set then
	Warnings    []matchfunc.Warning    `json:",omitempty"`
	Native      bool
	At          matchfunc.Place
	Reason      string   `json:",omitempty"` // why it isn't native
	Shadows     []string `json:",omitempty"` // see routing.Table.Shadows; only where all rules load
}

// Routed is where a message went.
type Routed struct {
	Selected int                  // index of the rule that took it; -1 for none
	Failed   int                  // index of the rule that failed on it; -1 for none
	Err      *matchfunc.EvalError `json:",omitempty"` // how
	Invalid  string               `json:",omitempty"` // why it is no message
}

// explained is a routing.Explanation on its way.
type explained struct {
	Routed
	Said routing.Explanation // without its error
}

// loadTable compiles a table. It is nil where a rule doesn't load.
func loadTable(t Table) (*routing.Table, []RuleInfo) {
	infos, rules, ok := make([]RuleInfo, len(t.Rules)), make([]routing.Rule, len(t.Rules)), true
	var known matchfunc.Interned // processors may have the same rule
	for i, r := range t.Rules {
		f, err := known.Func(r.Source, matchfunc.Options{Timeout: t.Timeout})
		if err != nil {
			infos[i].SourceError, ok = sourceError(err), false
			continue
		}
		infos[i].Warnings = f.Warnings()
		infos[i].Native, infos[i].At, infos[i].Reason = f.Native()
		infos[i].Reason = cut(infos[i].Reason)
		rules[i] = routing.Rule{Ref: r.Ref, Methods: r.Methods, Func: f}
	}
	if !ok {
		return nil, infos
	}
	table := routing.New(rules, routing.Options{SkipFailedRules: t.SkipFailedRules, Timeout: t.Timeout})
	for i, by := range table.Shadows() {
		infos[i].Shadows = by
	}
	return table, infos
}

// maxInfo is how many bytes the warnings of one table may take: a table whose every rule has some would not fit a
// frame.
const maxInfo = maxFrame / 2

// fitted leaves warnings away that don't fit.
func fitted(infos []RuleInfo) []RuleInfo {
	size := 0
	for i := range infos {
		data, err := json.Marshal(infos[i])
		if size += len(data); err != nil || size > maxInfo {
			infos[i].Warnings, infos[i].Reason = nil, ""
			if e := infos[i].SourceError; e != nil {
				infos[i].SourceError = &matchfunc.SourceError{Place: e.Place, To: e.To, Message: "it can't be a rule"}
			}
		}
	}
	return infos
}

// routable reads a message that traffic would take. That of others may be in order.
func routable(data []byte) (*message.Request, error) {
	req, err := message.Parse(data)
	if err == nil && req.Form() == message.NoForm {
		err = errors.New("message.message_type: is missing: neither request_uri nor response_type is set")
	}
	return req, err
}

// route routes messages in the child.
func route(t *routing.Table, messages [][]byte) []Routed {
	all := make([]Routed, len(messages))
	for i, data := range messages {
		req, err := routable(data)
		if err != nil {
			all[i] = Routed{Selected: -1, Failed: -1, Invalid: cut(err.Error())}
			continue
		}
		selected, err := t.Match(context.Background(), req, nil)
		all[i] = routed(t, selected, err)
	}
	return all
}

func routed(t *routing.Table, selected int, err error) Routed {
	if err == nil {
		return Routed{Selected: selected, Failed: -1}
	}
	r := Routed{Selected: -1, Failed: -1}
	var failed *routing.RuleError
	if errors.As(err, &failed) {
		r.Err = evalError(failed.Err)
		for i, rule := range t.Rules() {
			if rule.Ref == failed.Ref {
				r.Failed = i
			}
		}
	}
	return r
}

// explain explains one message in the child.
func explain(t *routing.Table, data []byte, v routing.View) explained {
	req, err := message.Parse(data)
	if err != nil {
		return explained{Routed: Routed{Selected: -1, Failed: -1, Invalid: cut(err.Error())}}
	}
	x := t.Look(context.Background(), req, v)
	left := maxOperands
	for i := range x.Rules {
		x.Rules[i].Operands = within(&left, x.Rules[i].Operands)
	}
	return explained{Routed: routed(t, x.Selected, x.Err), Said: *x}
}

// maxOperands is how many operands one answer tells of.
const maxOperands = 10_000

// within returns the operands that there is room for.
func within(left *int, operands []matchfunc.Operand) []matchfunc.Operand {
	operands = operands[:min(len(operands), *left)]
	*left -= len(operands)
	return operands
}
