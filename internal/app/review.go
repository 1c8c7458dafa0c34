package app

import (
	"fmt"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/zone"
)

// Review is what there is to say of a configuration that can be used.
type Review struct {
	Config *config.Config
	// Warnings are what is unlikely to be meant, in the order of the file.
	Warnings []config.Problem
	// InEngine says of each rule that isn't native which construct keeps it in the JavaScript engine. These are no
	// problems: such a rule costs more, and that is all.
	InEngine []config.Problem
	// LocalTime says of each rule that reads dates in the time zone of the process which one that is here.
	LocalTime []config.Problem
}

// CheckText reads the text of a configuration and reviews its rules. The name shows in what is reported; the error is
// that of Parse.
func CheckText(name string, text []byte) (*Review, error) {
	cfg, table, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	return &Review{
		Config: cfg, Warnings: warnings(cfg, table), InEngine: inEngine(cfg, table), LocalTime: localTime(cfg, table),
	}, nil
}

// warnings returns what to look at again in the rules of cfg, which table was made of.
func warnings(cfg *config.Config, table *routing.Table) []config.Problem {
	var all []config.Problem
	shadows := table.Shadows()
	for i, rule := range table.Rules() {
		if by := shadows[i]; len(by) > 0 {
			p := cfg.Problem(fmt.Sprintf("spec.processors[%d]", i), routing.Unreachable(by))
			p.Severity = config.SeverityWarning
			all = append(all, p)
		}
		all = append(all, warningsOf(cfg, i, rule)...)
	}
	return all
}

// ruleWarnings returns what to look at again in each of the rules that compile, of a configuration that can't be used.
func ruleWarnings(cfg *config.Config, rules []routing.Rule) (all []config.Problem) {
	for i, rule := range rules {
		if rule.Func != nil {
			all = append(all, warningsOf(cfg, i, rule)...)
		}
	}
	return all
}

func warningsOf(cfg *config.Config, i int, rule routing.Rule) (all []config.Problem) {
	for _, w := range rule.Func.Warnings() {
		p := cfg.MatchFuncProblem(i, w.Line, w.Column, w.Message).To(cfg, i, w.To.Line, w.To.Column)
		p.Severity = config.SeverityWarning
		all = append(all, p)
	}
	return all
}

func inEngine(cfg *config.Config, table *routing.Table) []config.Problem {
	var all []config.Problem
	for i, rule := range table.Rules() {
		if native, at, reason := rule.Func.Native(); !native {
			all = append(all, cfg.MatchFuncProblem(i, at.Line, at.Column, "runs in the JavaScript engine: "+reason))
		}
	}
	return all
}

func localTime(cfg *config.Config, table *routing.Table) []config.Problem {
	var all []config.Problem
	for i, rule := range table.Rules() {
		if at := rule.Func.LocalTime(); at != nil {
			text := fmt.Sprintf("reads local time, which is %s (UTC%s now) here; TZ sets it", zone.Name(),
				zone.Offset(time.Now()))
			all = append(all, cfg.MatchFuncProblem(i, at.Line, at.Column, text))
		}
	}
	return all
}
