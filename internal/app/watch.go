package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/file"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// watchInterval is how often the configuration's files are looked at. Looking works where notification doesn't: on
// network file systems, and where Kubernetes swaps a symbolic link several folders up.
const watchInterval = 500 * time.Millisecond

// watch reloads whenever the files of the configuration differ from those that were tried last, whoever asked, and then
// stayed the same for one interval, so that a file that is being written is left alone. It returns when ctx ends.
func (a *App) watch(ctx context.Context) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	files := stamps{}
	seen := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		panics.Do("look at the configuration's files", func() {
			now := a.fingerprint(files)
			if now == seen && now != a.reloading.triedLast() {
				_, _ = a.Reload(ctx, "file") // it has said what is wrong
			}
			seen = now
		})
	}
}

// fingerprint sums up the files that the running configuration is made of, and the one that the next would be.
func (a *App) fingerprint(files stamps) string {
	cfg := a.current.Load().config
	parts := []string{files.of(cfg.Name)}
	return strings.Join(append(parts, besides(cfg, files)...), " ")
}

// loaded is the fingerprint of a configuration that was just read.
func loaded(cfg *config.Config) string {
	return strings.Join(append([]string{cfg.Hash}, besides(cfg, stamps{})...), " ")
}

// besides are the digests of the files that a configuration names.
func besides(cfg *config.Config, files stamps) (parts []string) {
	for _, path := range []string{cfg.File(cfg.Spec.Admin.TokenFile), cfg.File(cfg.Spec.Shadow)} {
		if path != "" {
			parts = append(parts, path, files.of(path))
		}
	}
	return parts
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
	data, err := file.Read(context.Background(), path, config.MaxBytes)
	if err != nil {
		return err.Error()
	}
	sum := sha256.Sum256(data)
	s[path] = stamp{info, hex.EncodeToString(sum[:])}
	return s[path].digest
}
