package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"time"
)

// watchInterval is how often the configuration's files are looked at. Looking works where notification doesn't: on
// network file systems, and where Kubernetes swaps a symbolic link several folders up.
const watchInterval = 500 * time.Millisecond

// watch reloads whenever the files of the configuration have changed and then stayed the same for one interval, so that
// a file that is being written is left alone. It returns when ctx ends.
func (a *App) watch(ctx context.Context) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	known := a.fingerprint(a.running()) // what was loaded, which a change since then differs from
	seen := known
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := a.fingerprint(a.onDisk())
		if now != known && now == seen {
			known = now
			if _, err := a.Reload(ctx, "file"); err == nil { // otherwise it has said what is wrong
				known = a.fingerprint(a.running()) // which may name other files
			}
		}
		seen = now
	}
}

// running and onDisk are the digests of the configuration that runs, and of what its file holds now.
func (a *App) running() string { return a.current.Load().config.Hash }

func (a *App) onDisk() string { return a.stamps.of(a.opts.Config.Name) }

// fingerprint sums up what the running configuration is made of besides its own text.
func (a *App) fingerprint(text string) string {
	cfg := a.current.Load().config
	parts := []string{text}
	for _, path := range []string{cfg.File(cfg.Spec.Admin.TokenFile), cfg.File(cfg.Spec.Shadow)} {
		if path != "" {
			parts = append(parts, path, a.stamps.of(path))
		}
	}
	return strings.Join(parts, " ")
}

// stamps remembers what a file held by its time and size, so that it is only read when it was written. One goroutine
// uses it.
type stamps map[string]stamp

type stamp struct {
	info   os.FileInfo
	digest string
}

// of returns the SHA-256 of the file in hexadecimal, or why it can't be read.
func (s stamps) of(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	if old, ok := s[path]; ok && os.SameFile(old.info, info) && old.info.Size() == info.Size() && old.info.ModTime().Equal(info.ModTime()) {
		return old.digest
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	sum := sha256.Sum256(data)
	s[path] = stamp{info, hex.EncodeToString(sum[:])}
	return s[path].digest
}
