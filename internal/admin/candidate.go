package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/given"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/ruletest"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// candidate is a configuration that somebody hands in. Its rules are in a process of their own, and never here.
type candidate struct {
	config  *config.Config
	session *worker.Session // nil where the configuration can't be used
	infos   []worker.RuleInfo
}

// open reads a candidate, and returns what there is to say of it. The caller closes it.
func (d *door) open(ctx context.Context, source string) (*candidate, []config.Problem, error) {
	if len(source) > config.MaxBytes {
		return nil, nil, problem(http.StatusRequestEntityTooLarge, "too-large", "A configuration may have %d bytes at most.", config.MaxBytes)
	}
	cfg, err := config.Parse(candidateName(source), []byte(source))
	var invalid *config.Error
	switch {
	case errors.As(err, &invalid) && cfg == nil:
		return &candidate{}, invalid.Problems, nil
	case err != nil && invalid == nil:
		return nil, nil, err
	}
	c := &candidate{config: cfg}
	var problems []config.Problem
	if invalid != nil {
		problems = invalid.Problems
	}
	if err := decision.CheckMask(cfg.Spec.Decisions.Mask); err != nil {
		problems = append(problems, cfg.Problem("spec.decisions.mask", err.Error()))
	}
	if c.session, c.infos, err = d.opts.Workers.Open(ctx, tableOf(cfg)); err != nil {
		return nil, nil, err
	}
	problems = append(problems, c.remarks()...)
	if len(problems) > 0 && config.NewError(problems) != nil {
		c.close() // whatever its rules, it can't be used
	}
	return c, problems, nil
}

// usable is open for a candidate that has to be one that can be used.
func (d *door) usable(ctx context.Context, source string) (*candidate, error) {
	c, problems, err := d.open(ctx, source)
	if err != nil {
		return nil, err
	}
	if err := config.NewError(problems); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// candidateName has problems tell JSON from YAML.
func candidateName(source string) string {
	if strings.HasPrefix(strings.TrimSpace(source), "{") {
		return "candidate.json"
	}
	return "candidate.yaml"
}

func (c *candidate) close() {
	if c.session != nil {
		c.session.Close()
		c.session = nil
	}
}

// tableOf returns the rules of a configuration. One that has none, which is a problem already, stands as a rule that
// loads, so that nothing more is said of it.
func tableOf(cfg *config.Config) worker.Table {
	t := worker.Table{SkipFailedRules: cfg.Spec.OnRuleError == config.OnRuleErrorSkip, Timeout: cfg.Spec.MatchTimeout}
	for _, p := range cfg.Spec.Processors {
		rule := worker.Rule{Ref: p.Ref, Source: p.MatchFunc}
		if rule.Source == "" {
			rule.Source = "req => false"
		}
		for _, m := range p.Methods {
			rule.Methods = append(rule.Methods, message.Method(m))
		}
		t.Rules = append(t.Rules, rule)
	}
	return t
}

// remarks are what the rules' compiler says, as problems of the configuration.
func (c *candidate) remarks() (all []config.Problem) {
	for i, info := range c.infos {
		if e := info.SourceError; e != nil {
			all = append(all, c.config.MatchFuncProblem(i, e.Line, e.Column, e.Message))
			continue
		}
		warn := func(p config.Problem) {
			p.Severity = config.SeverityWarning
			all = append(all, p)
		}
		if len(info.Shadows) > 0 {
			warn(c.config.Problem(fmt.Sprintf("spec.processors[%d]", i), routing.Unreachable(info.Shadows)))
		}
		for _, w := range info.Warnings {
			warn(c.config.MatchFuncProblem(i, w.Line, w.Column, w.Message))
		}
	}
	return all
}

// stops are the calls that the candidate would make.
func (c *candidate) stops() (s dispatch.Stops) {
	for _, m := range c.config.Spec.Middlewares {
		stop := dispatch.Stop{Role: backend.Middleware, Ref: m.Ref, Addr: m.Addr()}
		if m.PostProcessor {
			s.Post = append(s.Post, stop)
		} else {
			s.Pre = append(s.Pre, stop)
		}
	}
	for _, p := range c.config.Spec.Processors {
		s.Processors = append(s.Processors, dispatch.Stop{Role: backend.Processor, Ref: p.Ref, Addr: p.Addr()})
	}
	return s
}

// checked is what there is to say of a configuration.
type checked struct {
	Valid    bool             `json:"valid"`
	Problems []config.Problem `json:"problems"`
}

func (d *door) check(w http.ResponseWriter, r *http.Request) error {
	source, err := text(w, r, config.MaxBytes, configTypes)
	if err != nil {
		return err
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	c, problems, err := d.open(ctx, string(source))
	if err != nil {
		return err
	}
	defer c.close()
	var invalid *config.Error
	if errors.As(config.NewError(problems), &invalid) {
		problems = invalid.Problems // in order
	}
	return reply(w, checked{invalid == nil, shown(problems)})
}

// question is a message to explain, by the running configuration or by a candidate.
type question struct {
	Message *given.Message `json:"message"`
	Config  string         `json:"config"`
}

func (d *door) explain(w http.ResponseWriter, r *http.Request) error {
	q, err := decode[question](w, r, maxConfigBody)
	if err != nil {
		return err
	}
	if q.Message == nil {
		return missing("message", "the message to explain")
	}
	wire, err := q.Message.Wire()
	if err != nil {
		p := problemOf(err)
		p.Path = joined("message", p.Path)
		return p
	}
	req, err := dispatch.Parse(wire)
	if err != nil {
		p := problem(http.StatusBadRequest, "message-invalid", "%s", err.Error())
		p.Path = "message"
		return p
	}
	if q.Config == "" {
		x, err := d.opts.Snapshot().Dispatcher.Explain(r.Context(), wire)
		if err != nil {
			return err
		}
		return reply(w, x)
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	c, err := d.usable(ctx, q.Config)
	if err != nil {
		return err
	}
	defer c.close()
	said, err := c.session.Explain(wire)
	if err != nil {
		return err
	}
	return reply(w, dispatch.Explain(said, req, c.stops()))
}

func (d *door) decisionTest(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	entry, ok := d.opts.Decisions.Get(id)
	if !ok {
		return unknownDecision(r)
	}
	wire, kept := d.opts.Decisions.Request(id)
	if !kept {
		return messageNotKept()
	}
	shown, err := d.opts.Decisions.Mask().StandIn(wire)
	if err != nil {
		return problem(http.StatusNotFound, "message-not-kept", "What came in isn't a message: %s.", err.Error())
	}
	name := strings.Join(slices.DeleteFunc([]string{entry.Method, entry.Kind, entry.CallID}, func(s string) bool { return s == "" }), " ")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	selected, code := d.routedTo(r.Context(), entry, wire)
	test := ruletest.FromMessage(name, shown, selected, code)
	if d.maskDecides(r.Context(), wire, shown) {
		test = append([]byte("# A rule reads a credential, which is masked below: this test may fail although nothing is wrong.\n"), test...)
	}
	_, _ = w.Write(test) // the peer left
	return nil
}

// maskDecides reports whether the rules that run send a message elsewhere for what is masked in it.
func (d *door) maskDecides(ctx context.Context, wire, shown []byte) bool {
	before, code := d.explained(ctx, wire)
	after, masked := d.explained(ctx, shown)
	return before != after || code != masked
}

// explained is where the rules that run send a message.
func (d *door) explained(ctx context.Context, wire []byte) (selected, code string) {
	x, err := d.opts.Snapshot().Dispatcher.Explain(ctx, wire)
	if err != nil {
		return "", backend.InvalidArgument.String()
	}
	if x.Selected != nil {
		selected = *x.Selected
	}
	return selected, x.Code
}

// routedTo is what the rules did with the message of a decision. Where they were never asked, as when a middleware failed
// before, it is what they would do now.
func (d *door) routedTo(ctx context.Context, entry decision.Entry, wire []byte) (selected, code string) {
	if entry.Processor == "" && entry.Code != backend.NotFound.String() {
		if selected, code = d.explained(ctx, wire); code != backend.InvalidArgument.String() {
			return selected, code
		}
	}
	return entry.Processor, entry.Code
}
