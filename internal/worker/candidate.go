package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Candidate is a foreign configuration, as the child that read it tells of it.
type Candidate struct {
	// Problems are in the order in which they were found; where one is an error, the configuration can't be used and
	// nothing else is set.
	Problems   []config.Problem
	Unsaid     int    // problems that there was no room for
	Processors []Stop // in file order
	Pre, Post  []Stop // middlewares before and after the processor, in order
}

// Stop is somebody whom a candidate would call.
type Stop struct {
	Ref     string
	Addr    string
	Methods []message.Method `json:",omitempty"` // a processor's
	Shadows []string         `json:",omitempty"` // see routing.Table.Shadows
}

// OpenConfig reads a foreign configuration in a child of its own, which the session keeps until it is closed or ctx
// ends. name shows in problems. Where the configuration can't be used the session is nil. Otherwise the error is as for
// Evaluate.
func (p *Pool) OpenConfig(ctx context.Context, name string, text []byte) (*Session, *Candidate, error) {
	if len(text) > config.MaxBytes {
		return nil, nil, fmt.Errorf("read a configuration of %d bytes: %w: it may have %d", len(text), ErrTooLarge,
			config.MaxBytes)
	}
	s, err := p.begin(ctx, p.sessions)
	if err != nil {
		return nil, nil, err
	}
	c := &Candidate{}
	if err = s.start(); err == nil {
		err = s.ask(s.loading(), c, func(p pipe) error {
			return p.sendAll(job{Kind: jobConfig, Name: name}, [][]byte{text})
		})
	}
	if err != nil || !c.usable() {
		s.Close()
		return nil, c, err
	}
	s.candidate = c
	for _, stop := range c.Processors {
		s.rules = append(s.rules, Rule{Ref: stop.Ref, Methods: stop.Methods})
	}
	return s, c, nil
}

func (c *Candidate) usable() bool { return config.NewError(c.Problems) == nil }

// loadConfig reads a configuration in the child. The table is nil where it can't be used.
func loadConfig(name string, text []byte) (*routing.Table, *Candidate) {
	cfg, err := config.Parse(name, text)
	c := &Candidate{}
	var invalid *config.Error
	switch {
	case errors.As(err, &invalid):
		c.Problems = invalid.Problems
	case err != nil:
		c.Problems = []config.Problem{{File: name, Message: err.Error(), Severity: config.SeverityError}}
	}
	if cfg == nil {
		return nil, c
	}
	if err := decision.CheckMask(cfg.Spec.Decisions.Mask); err != nil {
		c.Problems = append(c.Problems, cfg.Problem("spec.decisions.mask", err.Error()))
	}
	table, infos := loadTable(loadable(cfg))
	c.remark(cfg, infos)
	if c.fit(); !c.usable() {
		return nil, c
	}
	c.describe(cfg, infos)
	return table, c
}

// loadable returns the rules of a configuration. One that has none, which is a problem already, stands as a rule that
// loads, so that nothing more is said of it.
func loadable(cfg *config.Config) Table {
	t := TableOf(cfg)
	for i := range t.Rules {
		if t.Rules[i].Source == "" {
			t.Rules[i].Source = "req => false"
		}
	}
	return t
}

// TableOf returns the rules of a configuration that can be used.
func TableOf(cfg *config.Config) Table {
	t := Table{SkipFailedRules: cfg.Spec.OnRuleError == config.OnRuleErrorSkip, Timeout: cfg.Spec.MatchTimeout}
	for _, p := range cfg.Spec.Processors {
		rule := Rule{Ref: p.Ref, Source: p.MatchFunc}
		for _, m := range p.Methods {
			rule.Methods = append(rule.Methods, message.Method(m))
		}
		t.Rules = append(t.Rules, rule)
	}
	return t
}

// remark adds what the rules' compiler says, as problems of the configuration.
func (c *Candidate) remark(cfg *config.Config, infos []RuleInfo) {
	for i, info := range infos {
		if e := info.SourceError; e != nil {
			p := cfg.MatchFuncProblem(i, e.Line, e.Column, e.Message)
			c.Problems = append(c.Problems, p.To(cfg, i, e.To.Line, e.To.Column))
			continue
		}
		warn := func(p config.Problem) {
			p.Severity = config.SeverityWarning
			c.Problems = append(c.Problems, p)
		}
		if len(info.Shadows) > 0 {
			warn(cfg.Problem(fmt.Sprintf("spec.processors[%d]", i), routing.Unreachable(info.Shadows)))
		}
		for _, w := range info.Warnings {
			warn(cfg.MatchFuncProblem(i, w.Line, w.Column, w.Message).To(cfg, i, w.To.Line, w.To.Column))
		}
	}
}

// fit leaves out warnings that have no room in a frame, and then errors but for the first ones.
func (c *Candidate) fit() {
	size, kept, errs := 0, c.Problems[:0], 0
	for _, p := range c.Problems {
		data, err := json.Marshal(p)
		wrong := p.Severity == config.SeverityError
		if size += len(data); err == nil && (size <= maxInfo || wrong && errs == 0) {
			kept = append(kept, p)
			if wrong {
				errs++
			}
		}
	}
	c.Unsaid = len(c.Problems) - len(kept)
	c.Problems = kept
}

// describe says whom the configuration would call.
func (c *Candidate) describe(cfg *config.Config, infos []RuleInfo) {
	for i, p := range cfg.Spec.Processors {
		stop := Stop{Ref: p.Ref, Addr: p.Addr(), Shadows: infos[i].Shadows}
		for _, m := range p.Methods {
			stop.Methods = append(stop.Methods, message.Method(m))
		}
		c.Processors = append(c.Processors, stop)
	}
	for _, m := range cfg.Spec.Middlewares {
		stop := Stop{Ref: m.Ref, Addr: m.Addr()}
		if m.PostProcessor {
			c.Post = append(c.Post, stop)
		} else {
			c.Pre = append(c.Pre, stop)
		}
	}
}
