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

// Parse is Load of a configuration's text, whose name shows in what is reported.
func Parse(name string, text []byte) (*config.Config, error) {
	cfg, _, err := parse(name, text)
	return cfg, err
}

func load(path string) (*config.Config, *routing.Table, error) {
	text, err := config.Read(path)
	if err != nil {
		return nil, nil, err
	}
	return parse(path, text)
}

func parse(name string, text []byte) (*config.Config, *routing.Table, error) {
	cfg, err := config.Parse(name, text)
	var invalid *config.Error
	if cfg == nil || err != nil && !errors.As(err, &invalid) {
		return nil, nil, err
	}
	table, rulesErr := compile(cfg)
	if err := Merged(err, rulesErr, checkMask(cfg)); err != nil {
		return nil, nil, err
	}
	return cfg, table, nil
}

// Merged makes one report of what several stages found: a *config.Error, the first error that is none, or nil.
func Merged(all ...error) error {
	var problems []config.Problem
	for _, err := range all {
		var e *config.Error
		switch {
		case errors.As(err, &e):
			problems = append(problems, e.Problems...)
		case err != nil:
			return err
		}
	}
	return config.NewError(problems)
}
