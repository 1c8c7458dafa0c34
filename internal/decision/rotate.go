package decision

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// rotatedAt is the time in an old file's name, in UTC. Names sort by it.
const rotatedAt = "2006-01-02T15-04-05.000"

// rotate gives the file a name with the time in it, begins another and removes the oldest.
func (f *File) rotate() error {
	stem, ext := f.parts()
	at := time.Now().UTC()
	for { // never over another one, of this millisecond or of a clock that went back
		_, err := os.Lstat(stem + at.Format(rotatedAt) + ext)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
		at = at.Add(time.Millisecond)
	}
	if err := os.Rename(f.opts.Path, stem+at.Format(rotatedAt)+ext); err != nil {
		return err
	}
	f.drop()
	if err := f.open(); err != nil {
		return err
	}
	old, err := f.old()
	for _, path := range old[:max(0, len(old)-f.opts.MaxFiles)] {
		if gone := os.Remove(path); gone != nil && err == nil {
			err = gone
		}
	}
	return err
}

// parts are what stands before and behind the time in the names of old files.
func (f *File) parts() (stem, ext string) {
	ext = filepath.Ext(f.opts.Path)
	return strings.TrimSuffix(f.opts.Path, ext) + "-", ext
}

// old returns the files that rotate renamed, the oldest first. Others whose names are like theirs aren't ours.
func (f *File) old() ([]string, error) {
	stem, ext := f.parts()
	entries, err := os.ReadDir(filepath.Dir(f.opts.Path))
	var old []string
	for _, e := range entries {
		path := filepath.Join(filepath.Dir(f.opts.Path), e.Name())
		at, found := strings.CutPrefix(path, filepath.Clean(stem))
		if at, ours := strings.CutSuffix(at, ext); found && ours && e.Type().IsRegular() {
			if _, err := time.Parse(rotatedAt, at); err == nil {
				old = append(old, path)
			}
		}
	}
	slices.Sort(old)
	return old, err
}
