//go:build !linux

package worker

import (
	"os"
	"syscall"
)

// confine does nothing here: outside of Linux, children are bounded by time alone.
func confine(int64) error { return nil }

// confineCommand asks for nothing: a child whose parent has died ends when it looks at its pipe.
func confineCommand(*credential) *syscall.SysProcAttr { return nil }

// credential is another user, as whom no child is started here.
type credential struct{}

func another() *credential { return nil }

// keepDescriptors has nothing to do: descriptors are inherited where they are asked to be.
func keepDescriptors() error { return nil }

// sandbox takes nothing away.
func sandbox() (missing string) { return "outside of Linux a worker is bounded in time alone" }

func self() (string, error) { return os.Executable() }
