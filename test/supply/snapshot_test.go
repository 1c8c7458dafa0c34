//go:build supply

package supply

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// work is where clones of the repository stand.
var work string

func TestMain(m *testing.M) {
	var err error
	if work, err = os.MkdirTemp("", "supply-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(work) // it is in a temporary folder
	os.Exit(code)
}

// released is what a release of the commit hands out, made once.
var released = sync.OnceValues(func() (*release, error) { return snapshot("one") })

// release is what make snapshot makes.
type release struct {
	clone, version string
	date           time.Time
	sums           map[string]string // by the file's name
}

// snapshot makes what a release hands out, in a clone of its own.
func snapshot(name string) (*release, error) {
	r := &release{clone: filepath.Join(work, name)}
	for _, words := range [][]string{
		{"git", "clone", "-q", "../..", r.clone},
		{"make", "-C", r.clone, "snapshot"},
	} {
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", strings.Join(words, " "), err, out)
		}
	}
	text, err := os.ReadFile(r.path("metadata.json"))
	if err != nil {
		return nil, err
	}
	var said struct{ Version string }
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, err
	}
	r.version = said.Version
	date, err := exec.Command("git", "-C", r.clone, "log", "-1", "--format=%cI").Output()
	if err != nil {
		return nil, err
	}
	if r.date, err = time.Parse(time.RFC3339, strings.TrimSpace(string(date))); err != nil {
		return nil, err
	}
	text, err = os.ReadFile(r.path("dispatcher-" + r.version + "-sha256.txt"))
	if err != nil {
		return nil, err
	}
	r.sums = map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		r.sums[file] = sum
	}
	return r, nil
}

func (r *release) path(name string) string { return filepath.Join(r.clone, "dist", name) }

// files reads an archive: what each file holds, by its name below the only folder.
func (r *release) files(t *testing.T, name string) map[string][]byte {
	t.Helper()
	f, err := os.Open(r.path(name + ".tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inflated, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for archive := tar.NewReader(inflated); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		inside, found := strings.CutPrefix(h.Name, name+"/")
		if !found || h.Uid != 0 || h.Uname != "root" || !h.ModTime.Equal(r.date) {
			t.Errorf("%s is of %s (%d), of %s; the commit is of %s", h.Name, h.Uname, h.Uid, h.ModTime, r.date)
		}
		if wanted := map[bool]int64{true: 0o755, false: 0o644}[inside == "dispatcher"]; h.Mode != wanted {
			t.Errorf("%s has the mode %o, want %o", h.Name, h.Mode, wanted)
		}
		if all[inside], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}

// tree reads the files below a folder of the clone, by where they go in an archive.
func (r *release) tree(t *testing.T, dir, to string, into map[string][]byte) {
	t.Helper()
	root := filepath.Join(r.clone, dir)
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := filepath.Join(to, strings.TrimPrefix(path, root))
		into[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
