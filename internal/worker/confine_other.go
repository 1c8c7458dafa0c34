//go:build !linux

package worker

import (
	"os"
	"syscall"
)

// confine does nothing here: outside of Linux, children are bounded by time alone.
func confine(int64) error { return nil }

// confineCommand asks for nothing: a child whose parent has died ends when it looks at its pipe.
func confineCommand() *syscall.SysProcAttr { return nil }

func self() (string, error) { return os.Executable() }
