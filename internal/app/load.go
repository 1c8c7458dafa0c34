package app

import (
	"errors"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Parse reads the text of a configuration and compiles its rules, and reports what is wrong with either at once. The
// name shows in what is reported. It leaves nothing running.
func Parse(name string, text []byte) (*config.Config, error) {
	cfg, _, err := parse(name, text)
	return cfg, err
}

func parse(name string, text []byte) (*config.Config, *routing.Table, error) {
	cfg, err := config.Parse(name, text)
	var invalid *config.Error
	if cfg == nil || err != nil && !errors.As(err, &invalid) {
		return nil, nil, err
	}
	rules, problems := compileRules(cfg, problemsOf(err))
	if err := Merged(err, config.NewError(problems), checkMask(cfg)); err != nil {
		if found := problemsOf(err); found != nil {
			err = config.NewError(append(found, ruleWarnings(cfg, rules)...))
		}
		return nil, nil, err
	}
	keep(rules)
	return cfg, tableOf(cfg, rules), nil
}

// problemsOf returns what is wrong with a configuration; none for another error.
func problemsOf(err error) []config.Problem {
	var invalid *config.Error
	if errors.As(err, &invalid) {
		return invalid.Problems
	}
	return nil
}

// Merged makes one report of what several stages found: a *config.Error, the first error that is none, or nil.
func Merged(all ...error) error {
	var problems []config.Problem
	for _, err := range all {
		found := problemsOf(err)
		problems = append(problems, found...)
		if err != nil && found == nil {
			return err
		}
	}
	return config.NewError(problems)
}
