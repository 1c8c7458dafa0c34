package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"syscall"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Noted are files as they were read, to find out whether they have changed: by the bytes, which tells of a file
// written, one renamed into place and a link that was swapped alike, where sizes and times may stay the same. The zero
// Noted has none. One goroutine at a time adds to it.
type Noted struct {
	files []noted
}

type noted struct {
	path   string
	limit  int64
	digest string // SHA-256 of what it held, or why it couldn't be read
}

// Read is the function Read of a file, and notes what it held.
func (n *Noted) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	data, err := Read(ctx, path, limit)
	if err != nil {
		n.digest(path, limit, nil, err)
		return nil, err
	}
	n.Note(path, limit, data)
	return data, nil
}

// Note notes what a file held that was read before.
func (n *Noted) Note(path string, limit int64, data []byte) {
	sum := sha256.Sum256(data)
	n.digest(path, limit, sum[:], nil)
}

func (n *Noted) digest(path string, limit int64, sum []byte, err error) {
	one := noted{path, limit, hex.EncodeToString(sum)}
	if err != nil {
		one.digest = err.Error()
	}
	n.files = append(n.files, one)
}

// Again reads the same files again, and holds none. One that can't be opened for want of file descriptors or memory
// counts as the same: that says nothing of the file.
func (n *Noted) Again(ctx context.Context) *Noted {
	now := &Noted{files: make([]noted, 0, len(n.files))}
	for i, f := range n.files {
		sum, err := read(ctx, f.path, f.limit, sumOf)
		if now.digest(f.path, f.limit, sum, err); exhausted(err) {
			now.files[i] = f
		}
	}
	return now
}

// exhausted reports whether an error is the machine's, not the file's.
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

// Same reports whether the same files held the same.
func (n *Noted) Same(other *Noted) bool { return slices.Equal(n.files, other.files) }

// Digest returns what is noted of a path; empty where nothing is.
func (n *Noted) Digest(path string) string {
	for _, f := range n.files {
		if f.path == path {
			return f.digest
		}
	}
	return ""
}

// Hash returns the SHA-256, in hexadecimal, of what a path held; empty where it couldn't be read.
func (n *Noted) Hash(path string) string {
	digest := n.Digest(path)
	if _, err := hex.DecodeString(digest); err != nil {
		return ""
	}
	return digest
}

// Follow calls look each interval until ctx ends; doing says what it does, for the log. Looking works where
// notification doesn't: on network file systems, and where Kubernetes swaps a symbolic link several folders up. A look
// that panics is over, and the next one follows.
func Follow(ctx context.Context, interval time.Duration, doing string, look func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			panics.Do(doing, look)
		}
	}
}
