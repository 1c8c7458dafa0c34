// Package file reads the small files that a running dispatcher is told of: its configuration, tokens, certificates and
// keys. By the time one is read it may have become anything: a pipe that nobody writes to, a device without end, a file
// of gigabytes, or one on a network that is gone. None of them may hold up or eat up who reads it. And it tells whether
// they have changed since.
//
// Everybody may use it. It is safe for concurrent use.
package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// patience is how long a file may take. A system call on a file system that hangs can't be ended: its goroutine is left
// behind until the file system answers, one for each path at most.
const patience = 5 * time.Second

// Read returns what the regular file at path, or the one that a link there leads to, holds: limit bytes at most. It
// never waits for a writer, nor longer than ctx. Errors name the file.
func Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	return read(ctx, path, limit, readAll)
}

// read is Read by a function that makes something of the file.
func read(ctx context.Context, path string, limit int64, how func(string, int64) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errHangs)
	defer cancel()
	return waiting.read(ctx, path, limit, how)
}

// waiting are the reads under way, so that a file that hangs isn't begun with again and again.
var waiting = reads{begun: map[string]*result{}}

// reads hands out the results of reads that can't be ended.
type reads struct {
	mu    sync.Mutex
	begun map[string]*result // by path, those that took longer than somebody had patience
}

type result struct {
	done chan struct{}
	data []byte
	err  error
}

func (r *reads) read(
	ctx context.Context, path string, limit int64, how func(string, int64) ([]byte, error),
) ([]byte, error) {
	if r.hangs(path) {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errHangs}
	}
	one := &result{done: make(chan struct{})}
	go func() {
		defer close(one.done)
		defer panics.Caught("read a file")
		one.err = errors.New("the dispatcher failed to read it; its log says how")
		one.data, one.err = how(path, limit)
	}()
	select {
	case <-one.done:
		return one.data, one.err
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun[path] = one
	return nil, &fs.PathError{Op: "read", Path: path, Err: context.Cause(ctx)}
}

// errHangs is the error of a file that can't be read in time.
var errHangs = errors.New("its file system doesn't answer")

// hangs reports whether a read of path that was given up is still under way.
func (r *reads) hangs(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.begun[path]
	if one == nil {
		return false
	}
	select {
	case <-one.done:
		delete(r.begun, path)
		return false
	default:
		return true
	}
}

// readAll reads a file into memory.
func readAll(path string, limit int64) ([]byte, error) {
	var data bytes.Buffer
	err := within(path, limit, func(from io.Reader, size int64) (int64, error) {
		data.Grow(int(size) + bytes.MinRead)
		return data.ReadFrom(from)
	})
	if err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}

// sumOf returns the SHA-256 of what a file holds, which memory needs no room for.
func sumOf(path string, limit int64) ([]byte, error) {
	sum := sha256.New()
	err := within(path, limit, func(from io.Reader, _ int64) (int64, error) { return io.Copy(sum, from) })
	if err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
}

// within has a file read by a function, which returns how many bytes there were. It looks before it opens, since
// opening alone does something to a device, and again at what it opened.
func within(path string, limit int64, all func(from io.Reader, size int64) (int64, error)) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := readable(path, info, limit); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for a writer
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return err
	}
	if err := readable(path, info, limit); err != nil {
		return err
	}
	n, err := all(io.LimitReader(f, limit+1), info.Size()) // its size may say less than it holds, as in /proc
	if err == nil && n > limit {
		err = tooLarge(path, limit)
	}
	return err
}

func readable(path string, info fs.FileInfo, limit int64) error {
	switch {
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("it is %s, not a regular file", kind(info.Mode()))}
	case info.Size() > limit:
		return tooLarge(path, limit)
	}
	return nil
}

func tooLarge(path string, limit int64) error {
	size := fmt.Sprint(limit, " bytes")
	if limit >= 1<<20 && limit%(1<<20) == 0 {
		size = fmt.Sprint(limit>>20, " MiB")
	}
	return &fs.PathError{Op: "read", Path: path, Err: errors.New("the file is larger than " + size)}
}

// kind names what isn't a regular file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
