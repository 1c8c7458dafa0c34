package ruletest

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Target is what is tested.
type Target struct {
	Config *config.Config
	Rules  []routing.Rule // of Config's processors, in order
	// Explain routes a message and calls nobody, as dispatch.Dispatcher does.
	Explain func(wire []byte) (*dispatch.Explanation, error)
}

// Options say what to run, and on what.
type Options struct {
	Target *Target
	// Load makes a target of the configuration that a suite brings along.
	Load func(name string, text []byte) (*Target, error)
	// Run selects tests by "suite/test"; nil runs all.
	Run *regexp.Regexp
	// Coverage takes in what the tests of Target tried; may be nil.
	Coverage *Coverage
}

// Result is what came of one test.
type Result struct {
	File     string        `json:"file"`
	Suite    string        `json:"suite"`
	Name     string        `json:"name"`
	Line     int           `json:"line"`
	Passed   bool          `json:"passed"`
	Diff     string        `json:"diff,omitempty"` // for people, where it failed
	Duration time.Duration `json:"durationNs"`

	got  *dispatch.Explanation
	test int
}

// Run runs the tests of a suite. The error is about the suite's own configuration.
func (s *Suite) Run(opts Options) ([]Result, error) {
	target, coverage := opts.Target, opts.Coverage
	if s.Config != nil {
		own, err := opts.Load(s.File+": dispatcher.yaml", s.Config)
		if err != nil {
			return nil, err
		}
		target, coverage = own, nil
	}
	var results []Result
	for i, t := range s.Tests {
		if opts.Run != nil && !opts.Run.MatchString(s.Name+"/"+t.Name) {
			continue
		}
		start := time.Now()
		x := explain(target, t.Wire)
		r := Result{File: s.File, Suite: s.Name, Name: t.Name, Line: t.Line, Duration: time.Since(start), got: x,
			test: i}
		wrong := t.Expect.compare(x)
		if r.Passed = len(wrong) == 0; !r.Passed {
			r.Diff = diff(wrong, t, x, target)
		}
		if coverage != nil {
			coverage.add(x)
		}
		results = append(results, r)
	}
	return results, nil
}

// explain routes a message; one that isn't taken in at all has an explanation without rules.
func explain(target *Target, wire []byte) *dispatch.Explanation {
	x, err := target.Explain(wire)
	if err == nil {
		return x
	}
	var e *status.Error
	if errors.As(err, &e) {
		return &dispatch.Explanation{Code: e.Code.String(), Error: e.Message}
	}
	return &dispatch.Explanation{Code: status.InvalidArgument.String(), Error: err.Error()}
}

// mismatch is one thing that isn't as expected.
type mismatch struct{ what, want, got string }

// compare returns what isn't as expected.
func (e Expect) compare(x *dispatch.Explanation) []mismatch {
	var wrong []mismatch
	expect := func(what, want, got string) {
		if want != got {
			wrong = append(wrong, mismatch{what, want, got})
		}
	}
	if e.Processor != "" {
		expect("processor", e.Processor, destination(x))
	}
	if e.Code != "" {
		expect("code", e.Code, destination(x))
	}
	if e.Error != "" && !strings.Contains(x.Error, e.Error) {
		expect("error", "… "+e.Error+" …", x.Error)
	}
	if e.Plan != nil {
		expect("plan", list(e.Plan), list(plan(x)))
	}
	for _, ref := range sortedKeys(e.Rules) {
		expect("rule "+ref, e.Rules[ref], outcome(x, ref))
	}
	return wrong
}

// destination is the processor's ref, or the code where no processor gets the message.
func destination(x *dispatch.Explanation) string {
	if x.Selected != nil {
		return *x.Selected
	}
	return x.Code
}

func plan(x *dispatch.Explanation) []string {
	refs := []string{}
	for _, stop := range x.Plan {
		refs = append(refs, stop.Ref)
	}
	return refs
}

func list(refs []string) string { return "[" + strings.Join(refs, ", ") + "]" }

func outcome(x *dispatch.Explanation, ref string) string {
	i := slices.IndexFunc(x.Rules, func(r routing.RuleReport) bool { return r.Ref == ref })
	if i < 0 {
		return "there is no such rule"
	}
	return string(x.Rules[i].Outcome)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
