package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// ruleRow is one rule as it runs.
type ruleRow struct {
	Index       int              `json:"index"`
	Ref         string           `json:"ref"`
	Methods     []string         `json:"methods"`
	MatchFunc   string           `json:"matchFunc"`
	Place       filePlace        `json:"place"`
	Compiled    bool             `json:"compiled"`
	Reason      string           `json:"reason"`
	Warnings    []config.Problem `json:"warnings"`
	IndexedBy   string           `json:"indexedBy"`
	CatchAll    bool             `json:"catchAll"`
	Unreachable []string         `json:"unreachable"`
	decision.RuleState
}

// filePlace is a place in the configuration's file; 0 where it is unknown.
type filePlace struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// ruleOrders are what the rules may be sorted by.
var ruleOrders = map[string]func(a, b ruleRow) int{
	"index":     func(a, b ruleRow) int { return 0 },
	"ref":       func(a, b ruleRow) int { return cmp.Compare(a.Ref, b.Ref) },
	"hits":      func(a, b ruleRow) int { return cmp.Compare(a.Hits, b.Hits) },
	"errors":    func(a, b ruleRow) int { return cmp.Compare(a.Errors, b.Errors) },
	"lastHit":   func(a, b ruleRow) int { return orNever(a.LastHit).Compare(orNever(b.LastHit)) },
	"lastError": func(a, b ruleRow) int { return lastError(a).Compare(lastError(b)) },
}

func orNever(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func lastError(r ruleRow) time.Time {
	if r.LastError == nil {
		return time.Time{}
	}
	return r.LastError.Time
}

func (d *door) rules(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	p, err := pageOf(query, 100)
	if err != nil {
		return err
	}
	sort, err := single(query, "sort")
	if err != nil {
		return err
	}
	by, turned := strings.CutPrefix(cmp.Or(sort, "index"), "-")
	order := ruleOrders[by]
	if order == nil {
		return badParameter("sort",
			"sort is index, ref, hits, errors, lastHit or lastError; a - before it turns it around")
	}
	s := d.opts.Snapshot()
	states, unrouted := d.opts.Decisions.RuleStates(s.Dispatcher.Counts)
	fleet, err := ofFleet(query)
	if err != nil {
		return err
	}
	var missing *[]unanswered
	if fleet {
		var silent []unanswered
		if states, unrouted, silent, err = d.fleetStates(r.Context(), s, states, unrouted); err != nil {
			return err
		}
		missing = &silent
	}
	rows := s.rules(p, states)
	slices.SortStableFunc(rows, func(a, b ruleRow) int {
		way := cmp.Or(order(a, b), cmp.Compare(a.Index, b.Index))
		if turned {
			way = -way
		}
		return way
	})
	shown := cut(p, rows)
	s.detail(shown)
	return reply(w, struct {
		Epoch    uint64    `json:"epoch"`
		Total    int       `json:"total"` // that q lets through
		Rules    []ruleRow `json:"rules"`
		Unrouted uint64    `json:"unrouted"` // messages that no rule took
		// replicas whose hits aren't in it; left out where it is of one replica alone
		Unanswered *[]unanswered `json:"unanswered,omitempty"`
	}{s.Epoch, len(rows), shown, unrouted, missing})
}

// rules returns the rules that a page may hold, with what they did.
func (s Snapshot) rules(p page, states []decision.RuleState) []ruleRow {
	rows := []ruleRow{}
	for i, proc := range s.Config.Spec.Processors {
		methods := make([]string, len(proc.Methods))
		for j, m := range proc.Methods {
			methods[j] = m.String()
		}
		if !p.has(append([]string{proc.Ref, proc.MatchFunc}, methods...)...) {
			continue
		}
		row := ruleRow{Index: i, Ref: proc.Ref, Methods: methods, MatchFunc: proc.MatchFunc}
		if i < len(states) {
			row.RuleState = states[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// detail adds what only the rules that are shown need.
func (s Snapshot) detail(rows []ruleRow) {
	table := s.Dispatcher.Table
	shadows := table.Shadows()
	warnings := map[int][]config.Problem{} // by the index of a rule that is shown
	for i := range rows {
		warnings[rows[i].Index] = []config.Problem{}
	}
	for _, w := range s.Warnings {
		if i, ofOne := processorOf(w.Path); ofOne && warnings[i] != nil {
			warnings[i] = append(warnings[i], w)
		}
	}
	for i := range rows {
		row := &rows[i]
		fn := table.Rules()[row.Index].Func
		at := s.Config.MatchFuncProblem(row.Index, 1, 1, "")
		row.Place = filePlace{at.Line, at.Column}
		row.Compiled, _, row.Reason = fn.Native()
		row.Warnings = shown(warnings[row.Index])
		row.IndexedBy, row.CatchAll = table.IndexedBy(row.Index), fn.Always()
		row.Unreachable = append([]string{}, shadows[row.Index]...)
	}
}

func (d *door) overlaps(w http.ResponseWriter, _ *http.Request) error {
	s := d.opts.Snapshot()
	report := d.opts.Overlaps(s.Epoch, s.LoadedAt)
	for i := range report.Overlaps {
		if o := &report.Overlaps[i]; !d.opts.Decisions.Has(*o.Example) {
			o.Example = nil
		}
	}
	return reply(w, report)
}
