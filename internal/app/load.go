package app

import (
	"errors"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// Load reads a configuration file and compiles its rules, and reports what is wrong with either at once. It leaves
// nothing running.
func Load(path string) (*config.Config, error) {
	cfg, err := config.Load(path)
	var invalid *config.Error
	if cfg == nil || err != nil && !errors.As(err, &invalid) {
		return nil, err
	}
	_, rulesErr := compile(cfg)
	var rules *config.Error
	if errors.As(rulesErr, &rules) {
		var problems []config.Problem
		if invalid != nil {
			problems = invalid.Problems
		}
		return nil, config.NewError(append(problems, rules.Problems...))
	}
	if err = errors.Join(err, rulesErr); err != nil {
		return nil, err
	}
	return cfg, nil
}
