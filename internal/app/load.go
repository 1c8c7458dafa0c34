package app

import (
	"errors"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Load reads a configuration file and compiles its rules, and reports what is wrong with either at once. It leaves
// nothing running.
func Load(path string) (*config.Config, error) {
	cfg, _, err := load(path)
	return cfg, err
}

func load(path string) (*config.Config, *routing.Table, error) {
	cfg, err := config.Load(path)
	var invalid *config.Error
	if cfg == nil || err != nil && !errors.As(err, &invalid) {
		return nil, nil, err
	}
	table, rulesErr := compile(cfg)
	var rules *config.Error
	if errors.As(rulesErr, &rules) {
		var problems []config.Problem
		if invalid != nil {
			problems = invalid.Problems
		}
		return nil, nil, config.NewError(append(problems, rules.Problems...))
	}
	if err = errors.Join(err, rulesErr); err != nil {
		return nil, nil, err
	}
	return cfg, table, nil
}
