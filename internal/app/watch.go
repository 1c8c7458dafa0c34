package app

import (
	"context"
	"crypto/sha256"
	"os"
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
	known := a.fingerprint()
	seen := known
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := a.fingerprint()
		if now != known && now == seen {
			known = now
			_, _ = a.Reload(ctx, "file") // it has said what is wrong
			known = a.fingerprint()      // which may name other files
		}
		seen = now
	}
}

// fingerprint sums up what the files hold that the running configuration is made of.
func (a *App) fingerprint() (sum [sha256.Size]byte) {
	cfg := a.current.Load().config
	h := sha256.New()
	for _, path := range []string{cfg.Name, cfg.File(cfg.Spec.Admin.TokenFile), cfg.File(cfg.Spec.Shadow)} {
		if path == "" {
			continue
		}
		h.Write([]byte(path + "\x00"))
		h.Write(a.stamps.of(path))
	}
	h.Sum(sum[:0])
	return sum
}

// stamps remembers what a file held by its time and size, so that it is only read when it was written. One goroutine
// uses it.
type stamps map[string]stamp

type stamp struct {
	info os.FileInfo
	sum  [sha256.Size]byte
}

// of returns a digest of the file; the same one for as long as it can't be read.
func (s stamps) of(path string) []byte {
	info, err := os.Stat(path)
	if err != nil {
		return []byte(err.Error())
	}
	if old, ok := s[path]; ok && os.SameFile(old.info, info) && old.info.Size() == info.Size() && old.info.ModTime().Equal(info.ModTime()) {
		return old.sum[:]
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return []byte(err.Error())
	}
	sum := sha256.Sum256(data)
	s[path] = stamp{info, sum}
	return sum[:]
}
