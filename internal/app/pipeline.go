package app

import (
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Pipeline is everything that one configuration needs to handle messages.
type Pipeline struct {
	*dispatch.Dispatcher
	table    *routing.Table
	backends []*backend.Backend
	shadow   *impact.Shadow   // nil without one
	warnings []config.Problem // of the configuration that it was built from

	shadowDigest string // of the text that shadow was made of; empty without one
}

// NewPipeline builds what cfg describes, without connecting to anything. Rules that don't compile are returned as a
// *config.Error that shows all of them. Backends come from the pool: those that another pipeline has with the same
// options are shared with it.
func NewPipeline(cfg *config.Config, pool *backend.Pool, userAgent string) (*Pipeline, error) {
	table, err := compile(cfg)
	if err != nil {
		return nil, err
	}
	return newPipeline(cfg, table, pool, userAgent)
}

// newPipeline is NewPipeline with the rules of cfg compiled already.
func newPipeline(cfg *config.Config, table *routing.Table, pool *backend.Pool, userAgent string) (*Pipeline, error) {
	p := &Pipeline{table: table, warnings: warnings(cfg, table)}
	params := dispatch.Params{Table: table}
	for _, m := range cfg.Spec.Middlewares {
		b, err := p.add(pool, options(cfg, backend.Middleware, m.Ref, m.Fleet, userAgent))
		stop := dispatch.Middleware{Backend: b, SkipFailures: m.OnError == config.OnErrorSkip}
		switch {
		case err != nil:
			return nil, errors.Join(err, p.Close())
		case m.PostProcessor:
			params.Post = append(params.Post, stop)
		default:
			params.Pre = append(params.Pre, stop)
		}
	}
	for _, proc := range cfg.Spec.Processors {
		b, err := p.add(pool, options(cfg, backend.Processor, proc.Ref, proc.Fleet, userAgent))
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		params.Processors = append(params.Processors, b)
	}
	params.AnswerFailures = cfg.Spec.AnswerFailures
	p.Dispatcher = dispatch.New(params)
	return p, nil
}

func (p *Pipeline) add(pool *backend.Pool, opts backend.Options) (*backend.Backend, error) {
	b, err := pool.Get(opts)
	if err != nil {
		return nil, fmt.Errorf("build the pipeline: %w", err)
	}
	p.backends = append(p.backends, b)
	return b, nil
}

// Connect starts to connect to every backend, so that health is known before the first message.
func (p *Pipeline) Connect() {
	for _, b := range p.backends {
		b.Connect()
	}
}

// options are those of one fleet of cfg.
func options(cfg *config.Config, role backend.Role, ref string, f config.Fleet, userAgent string) backend.Options {
	spec := cfg.Spec
	opts := backend.Options{
		Role: role, Ref: ref, Policy: backend.Policy(f.Policy), Timeout: f.Timeout,
		HoldWhenDown: f.HoldWhenDown, UserAgent: userAgent,
		MaxMessageBytes: int(spec.MaxMessageBytes), RetryMethods: methods(f.RetryMethods),
		RetryBudget: orNone(spec.RetryBudget), ResolveInterval: spec.ResolveInterval, NoHealthCheck: !f.HealthCheck,
		Ejection: backend.Ejection{
			ConsecutiveFailures: int(spec.Ejection.ConsecutiveFailures), ErrorRate: orNone(spec.Ejection.ErrorRate),
			MinCalls: int(spec.Ejection.MinCalls), BaseTime: spec.Ejection.BaseTime, MaxTime: spec.Ejection.MaxTime,
			MaxEjected: orNone(spec.Ejection.MaxEjected),
		},
	}
	for _, a := range f.Addrs {
		opts.Addrs = append(opts.Addrs, backend.Address{Target: a.Target, Weight: int(a.Weight)})
	}
	if t := f.TLS; t != nil {
		opts.TLS = clientTLS(cfg, t)
	}
	return opts
}

// orNone makes a 0 that the file has one that backend doesn't take for its default.
func orNone(fraction float64) float64 {
	if fraction == 0 {
		return -1
	}
	return fraction
}

// Close ends the connections, and the calls that are still in flight on them.
func (p *Pipeline) Close() error {
	var errs []error
	if p.shadow != nil {
		p.shadow.Close()
	}
	for i, b := range p.backends {
		errs = append(errs, b.Close())
		if i%closedInARow == closedInARow-1 {
			runtime.Gosched() // messages go first: ten thousand take milliseconds
		}
	}
	return errors.Join(errs...)
}

// closedInARow is how many backends are closed until others have their turn: that takes 0.1 ms.
const closedInARow = 500

// interned holds the rules of this process by their text: a reload compiles those that changed.
var interned = &matchfunc.Interned{}

// keep keeps the rules of a table for whoever compiles its configuration next: the process that starts reads its file
// to see whether it is in order, and then to serve by it.
func keep(rules []routing.Rule) {
	all := make([]*matchfunc.Func, len(rules))
	for i, r := range rules {
		all[i] = r.Func
	}
	interned.Keep(all)
}

// compile makes the rules of cfg a table.
func compile(cfg *config.Config) (*routing.Table, error) {
	rules, problems := compileRules(cfg, nil)
	if err := config.NewError(problems); err != nil {
		return nil, err
	}
	return tableOf(cfg, rules), nil
}

func tableOf(cfg *config.Config, rules []routing.Rule) *routing.Table {
	return routing.New(rules, routing.Options{
		SkipFailedRules: cfg.Spec.OnRuleError == config.OnRuleErrorSkip, Timeout: cfg.Spec.MatchTimeout,
	})
}

// compileRules compiles the rules of cfg, of which so much is known to be wrong. Those that don't compile have no Func;
// one that isn't there is a problem already.
func compileRules(cfg *config.Config, known []config.Problem) (rules []routing.Rule, problems []config.Problem) {
	rules = make([]routing.Rule, len(cfg.Spec.Processors))
	for i, p := range cfg.Spec.Processors {
		if p.MatchFunc == "" && wrong(known, i) {
			continue
		}
		fn, err := interned.Func(p.MatchFunc, matchfunc.Options{Timeout: cfg.Spec.MatchTimeout})
		if err != nil {
			problems = append(problems, ruleProblems(cfg, i, err)...)
			continue
		}
		rules[i] = routing.Rule{Ref: p.Ref, Methods: methods(p.Methods), Func: fn}
	}
	return rules, problems
}

// wrong reports whether something is wrong with a processor itself, or with its matchFunc.
func wrong(known []config.Problem, i int) bool {
	at := fmt.Sprintf("spec.processors[%d]", i)
	return slices.ContainsFunc(known, func(p config.Problem) bool { return p.Path == at || p.Path == at+".matchFunc" })
}

// ruleProblems are why the rule of a processor doesn't compile, each at its place.
func ruleProblems(cfg *config.Config, i int, err error) []config.Problem {
	var e *matchfunc.SourceError
	if !errors.As(err, &e) {
		return []config.Problem{cfg.Problem(fmt.Sprintf("spec.processors[%d].matchFunc", i), err.Error())}
	}
	var all []config.Problem
	for _, e := range append([]*matchfunc.SourceError{e}, e.Further...) {
		all = append(all, cfg.MatchFuncProblem(i, e.Line, e.Column, e.Message).To(cfg, i, e.To.Line, e.To.Column))
	}
	return all
}

func methods(numbers []routrpb.Method) []message.Method {
	all := make([]message.Method, len(numbers))
	for i, m := range numbers {
		all[i] = message.Method(m)
	}
	return all
}
