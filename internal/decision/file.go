package decision

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/DeRuina/timberjack"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// FileOptions say which file decisions are written to. Zero values take the defaults.
type FileOptions struct {
	Path     string
	MaxBytes int64 // where the next file is begun; default 100 MiB
	MaxFiles int   // old files that are kept; default 5
}

// fileMode lets a shipper of logs read that is in the group. Decisions name who called whom: others have no business there.
const fileMode = 0o640

// File is a Sink that writes JSON lines to a file, and begins another one where it is full. The old ones get the time in
// their names.
type File struct {
	path string
	to   *timberjack.Logger
}

// NewFile returns a File. It makes sure that it can be written.
func NewFile(o FileOptions) (*File, error) {
	f, err := os.OpenFile(o.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, fmt.Errorf("write decisions: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("write decisions: %w", err)
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 100 << 20
	}
	if o.MaxFiles <= 0 {
		o.MaxFiles = 5
	}
	return &File{path: o.Path, to: &timberjack.Logger{
		Filename: o.Path, FileMode: fileMode, MaxSize: int(max(1, o.MaxBytes>>20)), MaxBackups: o.MaxFiles,
	}}, nil
}

// Name returns the file's path.
func (f *File) Name() string { return "file " + f.path }

// Write writes each entry as a line.
func (f *File) Write(ctx context.Context, entries []Entry) (n int, err error) {
	var line bytes.Buffer
	encode := json.NewEncoder(visible.NewWriter(&line)) // people follow it in terminals
	encode.SetEscapeHTML(false)
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		line.Reset()
		if err := encode.Encode(e); err != nil {
			return n, fmt.Errorf("encode decision %s: %w", e.ID, err)
		}
		if _, err := f.to.Write(line.Bytes()); err != nil {
			return n, fmt.Errorf("write decisions to %s: %w", f.path, err)
		}
		n++
	}
	return n, nil
}

// Close closes the file.
func (f *File) Close() error { return f.to.Close() }
