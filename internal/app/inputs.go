package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"syscall"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/file"
)

// inputs are the files that a configuration is made of, as they were read: by the bytes, since sizes and times may stay
// the same over a change. One goroutine uses it while it reads.
type inputs struct {
	files []input
}

type input struct {
	path   string
	limit  int64
	digest string // SHA-256 of what it held, or why it couldn't be read
}

// read reads a file, and notes what it held.
func (in *inputs) read(ctx context.Context, path string, limit int64) ([]byte, error) {
	data, err := file.Read(ctx, path, limit)
	if err != nil {
		in.files = append(in.files, input{path, limit, err.Error()})
		return nil, err
	}
	in.note(path, limit, data)
	return data, nil
}

// note notes what a file held that was read before.
func (in *inputs) note(path string, limit int64, data []byte) {
	sum := sha256.Sum256(data)
	in.files = append(in.files, input{path, limit, hex.EncodeToString(sum[:])})
}

// again reads the same files again. One that can't be opened for want of file descriptors or memory counts as the same:
// that says nothing of the file.
func (in *inputs) again(ctx context.Context) *inputs {
	now := &inputs{files: make([]input, 0, len(in.files))}
	for i, f := range in.files {
		if _, err := now.read(ctx, f.path, f.limit); exhausted(err) { // which notes other errors
			now.files[i] = f
		}
	}
	return now
}

// exhausted reports whether an error is the machine's, not the file's.
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

// same reports whether the same files held the same.
func (in *inputs) same(other *inputs) bool { return slices.Equal(in.files, other.files) }

// digest returns what is noted of a path; empty where nothing is.
func (in *inputs) digest(path string) string {
	for _, f := range in.files {
		if f.path == path {
			return f.digest
		}
	}
	return ""
}

// hash returns the SHA-256, in hexadecimal, of what a path held; empty where it couldn't be read.
func (in *inputs) hash(path string) string {
	digest := in.digest(path)
	if _, err := hex.DecodeString(digest); err != nil {
		return ""
	}
	return digest
}

// noteTLS notes the files that calls of processors and middlewares are secured by. They are read when connections are
// made; here they tell that an attempt that failed over one is worth another.
func (in *inputs) noteTLS(ctx context.Context, cfg *config.Config) {
	noted := map[string]bool{}
	note := func(t *config.ClientTLS) {
		if t == nil {
			return
		}
		for _, path := range []string{t.CA, t.Cert, t.Key} {
			if path = cfg.File(path); path != "" && !noted[path] {
				noted[path] = true
				_, _ = in.read(ctx, path, maxPEM) // which notes the error
			}
		}
	}
	for _, m := range cfg.Spec.Middlewares {
		note(m.TLS)
	}
	for _, p := range cfg.Spec.Processors {
		note(p.TLS)
	}
}
