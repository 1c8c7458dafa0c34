package decision

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// FileOptions say which file decisions are written to. Zero values take the defaults.
type FileOptions struct {
	Path     string
	MaxBytes int64 // where the next file is begun; default 100 MiB
	MaxFiles int   // old files that are kept; default 5
}

const (
	// fileMode lets a shipper of logs read that is in the group. Decisions name who called whom: others have no
	// business there.
	fileMode = 0o640
	// filePatience is how long a pipe may take nothing before that counts as a failure.
	filePatience = 5 * time.Second
)

// File is a Sink that writes JSON lines to a file, and begins another one where it is full. The old ones get the time
// in their names. A line is written whole or not at all. A file that is gone, as logrotate leaves it, is made again.
// What isn't a regular file (a pipe, a device, a symbolic link such as /dev/stdout) is written to as it is and never
// renamed, and one that takes nothing holds up nobody but this sink. One goroutine at a time may use it.
type File struct {
	opts    FileOptions
	file    *os.File // nil before the first write, and after a failure
	regular bool
	size    int64  // of a regular file, whole lines
	rest    []byte // of a line that a pipe has taken a part of
}

// NewFile returns a File. It makes sure that it can be written.
func NewFile(o FileOptions) (*File, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 100 << 20
	}
	if o.MaxFiles <= 0 {
		o.MaxFiles = 5
	}
	f := &File{opts: o}
	if err := f.open(); err != nil && !errors.Is(err, syscall.ENXIO) { // a pipe's reader may come later
		return nil, fmt.Errorf("write decisions: %w", err)
	}
	return f, nil
}

// Name returns the file's path.
func (f *File) Name() string { return "file " + f.opts.Path }

// Write writes each entry as a line.
func (f *File) Write(ctx context.Context, entries []Entry) (taken, lost int, err error) {
	if err := f.ready(); err != nil {
		return 0, 0, fmt.Errorf("write decisions: %w", err)
	}
	file := f.file
	_ = file.SetWriteDeadline(time.Now().Add(filePatience)) // a regular file has none, and needs none
	defer context.AfterFunc(ctx, func() {
		defer panics.Caught("end a write of decisions")
		_ = file.SetWriteDeadline(time.Unix(1, 0))
	})()
	var line bytes.Buffer
	encode := json.NewEncoder(visible.NewWriter(&line)) // people follow it in terminals
	encode.SetEscapeHTML(false)
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return taken, lost, err
		}
		line.Reset()
		if err := encode.Encode(e); err != nil { // now and whenever it comes again
			taken, lost = taken+1, lost+1
			continue
		}
		begun, err := f.line(line.Bytes())
		if err != nil {
			err = fmt.Errorf("write decisions to %s: %w", f.opts.Path, err)
		}
		if begun {
			taken++
		}
		if err != nil {
			return taken, lost, err
		}
	}
	return taken, lost, nil
}

// ready makes sure that there is a file to write to, and that it is the one that the path names.
func (f *File) ready() error {
	if f.file != nil && f.regular {
		if now, err := os.Lstat(f.opts.Path); err != nil || !f.is(now) {
			f.drop()
		}
	}
	if f.file == nil {
		return f.open()
	}
	return nil
}

func (f *File) is(other fs.FileInfo) bool {
	info, err := f.file.Stat()
	return err == nil && os.SameFile(info, other)
}

// drop closes the file, to be opened again.
func (f *File) drop() {
	_ = f.file.Close() // what was written was written
	f.file, f.rest = nil, nil
}

func (f *File) open() error {
	flags := os.O_APPEND | os.O_WRONLY | syscall.O_NONBLOCK // a pipe that nobody reads isn't waited for
	info, err := os.Lstat(f.opts.Path)
	if f.regular = errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular(); f.regular {
		flags = os.O_APPEND | os.O_RDWR | os.O_CREATE
	}
	file, err := os.OpenFile(f.opts.Path, flags, fileMode)
	if err != nil {
		return err
	}
	f.file = file
	if f.regular {
		err = f.begin()
	}
	if err != nil {
		f.drop()
	}
	return err
}

// begin finds the end of a regular file. One that ends within a line, as a machine that went down leaves it, gets its
// end.
func (f *File) begin() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	f.size = info.Size()
	last := []byte{'\n'}
	if f.size > 0 {
		if _, err := f.file.ReadAt(last, f.size-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' {
		_, err = f.line([]byte{'\n'})
	}
	return err
}

// line writes a line. It reports whether the line needn't come again: it was written, or begun on a pipe.
func (f *File) line(line []byte) (begun bool, err error) {
	if f.regular && f.size > 0 && f.size+int64(len(line)) > f.opts.MaxBytes {
		if err := f.rotate(); err != nil {
			return false, err
		}
	}
	if len(f.rest) > 0 {
		n, err := f.file.Write(f.rest)
		f.rest = f.rest[n:]
		if err != nil {
			return false, f.failed(err)
		}
	}
	n, err := f.file.Write(line)
	switch {
	case err == nil:
		f.size += int64(n)
		return true, nil
	case f.regular: // the disk is full
		return false, errors.Join(err, f.takeBack(n))
	case n > 0:
		f.rest = bytes.Clone(line[n:])
	}
	return n > 0, f.failed(err)
}

// takeBack removes the beginning of a line.
func (f *File) takeBack(n int) error {
	if n == 0 {
		return nil
	}
	err := f.file.Truncate(f.size)
	if err != nil {
		f.drop() // the next one to open it ends the line
	}
	return err
}

// failed has what isn't a regular file opened again, unless it only takes nothing at the moment.
func (f *File) failed(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		f.drop()
	}
	return err
}

// Close closes the file.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
