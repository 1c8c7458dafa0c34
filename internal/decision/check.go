package decision

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// CheckFile says whether decisions can be written to a file, as NewFile does, without making it.
func CheckFile(path string) error {
	// a pipe that nobody reads isn't waited for
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return checkFolder(path, err)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("write decisions: %w", err)
	}
	return nil
}

// checkFolder says whether a file that isn't there can be made.
func checkFolder(path string, missing error) error {
	dir := filepath.Dir(path)
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("write decisions: %w", missing)
	}
	probe, err := os.CreateTemp(dir, ".decisions-*")
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("write decisions: %w", &fs.PathError{Op: "open", Path: path, Err: failed.Err})
	}
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		return fmt.Errorf("write decisions: %w", err)
	}
	return nil
}
