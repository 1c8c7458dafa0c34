package app

import (
	"errors"
	"fmt"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Pipeline is everything that one configuration needs to handle messages.
type Pipeline struct {
	*dispatch.Dispatcher
	backends []*backend.Backend
	warnings []config.Problem // of the configuration that it was built from
}

// NewPipeline builds what cfg describes, without connecting to anything. Rules that don't compile are returned as a
// *config.Error that shows all of them.
func NewPipeline(cfg *config.Config, userAgent string) (*Pipeline, error) {
	table, err := compile(cfg)
	if err != nil {
		return nil, err
	}
	p := &Pipeline{warnings: warnings(cfg, table)}
	params := dispatch.Params{Table: table}
	for _, m := range cfg.Spec.Middlewares {
		b, err := p.add(cfg, backend.Options{Role: backend.Middleware, Ref: m.Ref, Addrs: []backend.Address{{Target: m.Addr}}, Timeout: m.Timeout, UserAgent: userAgent})
		switch {
		case err != nil:
			return nil, errors.Join(err, p.Close())
		case m.PostProcessor:
			params.Post = append(params.Post, b)
		default:
			params.Pre = append(params.Pre, b)
		}
	}
	for _, proc := range cfg.Spec.Processors {
		b, err := p.add(cfg, backend.Options{Role: backend.Processor, Ref: proc.Ref, Addrs: []backend.Address{{Target: proc.Addr}}, Timeout: proc.Timeout, UserAgent: userAgent})
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		params.Processors = append(params.Processors, b)
	}
	p.Dispatcher = dispatch.New(params)
	return p, nil
}

func (p *Pipeline) add(cfg *config.Config, opts backend.Options) (*backend.Backend, error) {
	opts.MaxMessageBytes = int(cfg.Spec.MaxMessageBytes)
	b, err := backend.New(opts)
	if err != nil {
		return nil, fmt.Errorf("build the pipeline: %w", err)
	}
	p.backends = append(p.backends, b)
	return b, nil
}

// Close ends the connections, and the calls that are still in flight on them.
func (p *Pipeline) Close() error {
	var errs []error
	for _, b := range p.backends {
		errs = append(errs, b.Close())
	}
	return errors.Join(errs...)
}

// compile makes the rules of cfg a table.
func compile(cfg *config.Config) (*routing.Table, error) {
	rules := make([]routing.Rule, len(cfg.Spec.Processors))
	var problems []config.Problem
	for i, p := range cfg.Spec.Processors {
		fn, err := matchfunc.Compile(p.MatchFunc, matchfunc.Options{Timeout: cfg.Spec.MatchTimeout})
		if err != nil {
			problems = append(problems, problem(cfg, i, err))
			continue
		}
		rules[i] = routing.Rule{Ref: p.Ref, Methods: methods(p), Func: fn}
	}
	if err := config.NewError(problems); err != nil {
		return nil, err
	}
	return routing.New(rules, routing.Options{SkipFailedRules: cfg.Spec.OnRuleError == config.OnRuleErrorSkip}), nil
}

func problem(cfg *config.Config, i int, err error) config.Problem {
	var e *matchfunc.SourceError
	if errors.As(err, &e) {
		return cfg.MatchFuncProblem(i, e.Line, e.Column, e.Message)
	}
	return cfg.Problem(fmt.Sprintf("spec.processors[%d].matchFunc", i), err.Error())
}

func methods(p config.Processor) []message.Method {
	all := make([]message.Method, len(p.Methods))
	for i, m := range p.Methods {
		all[i] = message.Method(m)
	}
	return all
}
