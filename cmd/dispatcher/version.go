package main

import (
	"fmt"
	"runtime/debug"

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

// Run prints the version.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "routr-dispatcher", versionString())
	return err
}

type schemaCmd struct{}

// Run prints the schema.
func (schemaCmd) Run(s streams) error {
	_, err := s.out.Write(config.Schema())
	return err
}
