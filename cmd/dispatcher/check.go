package main

import (
	"fmt"

	"github.com/fonoster/routr-dispatcher/internal/app"
)

type checkCmd struct {
	File string `arg:"" help:"The configuration file (YAML or JSON)."`
}

// Run reads the file as serve would.
func (c *checkCmd) Run(s streams) error {
	cfg, err := app.Load(c.File)
	if err != nil {
		return asUsage(err)
	}
	_, err = fmt.Fprintf(s.out, "%s: valid: %d processors, %d middlewares\n", c.File, len(cfg.Spec.Processors), len(cfg.Spec.Middlewares))
	return err
}
