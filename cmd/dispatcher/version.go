package main

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// version is set by the linker in releases.
var version = ""

// versionString returns the release's version, else what the Go toolchain recorded of the build.
func versionString() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}

type versionCmd struct{}

// Help says how it exits.
func (versionCmd) Help() string { return printed }

// printed is how commands exit that only print.
const printed = "Exit codes: 0 printed; 2 a wrong command line."

// Run prints the version.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "routr-dispatcher", versionString())
	return err
}

type helpCmd struct {
	Command string `arg:"" optional:"" help:"The command."`
}

// Help says how it exits.
func (*helpCmd) Help() string { return printed }

// Run shows the help of the command, or of all.
func (c *helpCmd) Run(app *kong.Kong) error {
	args := []string{"--help"}
	if c.Command != "" {
		args = []string{c.Command, "--help"}
		if names := commands(app.Model); !slices.Contains(names, c.Command) {
			return &usageError{fmt.Errorf("unknown command %q%s", c.Command, config.DidYouMean(c.Command, names))}
		}
	}
	_, _ = app.Parse(args) // prints it; that the command lacks arguments is none of its business
	return nil
}

type schemaCmd struct{}

// Help says how it exits.
func (schemaCmd) Help() string { return printed }

// Run prints the schema.
func (schemaCmd) Run(s streams) error {
	_, err := s.out.Write(config.Schema())
	return err
}
