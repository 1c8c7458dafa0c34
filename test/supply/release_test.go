//go:build supply

package supply

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Each archive has the program for its machine, with everything that is to go with it, and nothing else.
func TestTheArchivesAreWhole(t *testing.T) {
	r, err := released()
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		got := r.files(t, "dispatcher-"+r.version+"-linux-"+arch)
		program := filepath.Join(t.TempDir(), "dispatcher")
		if err := os.WriteFile(program, got["dispatcher"], 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		settings := map[string]string{}
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
		if info.GoVersion != releaseGo(t) || settings["GOARCH"] != arch || settings["CGO_ENABLED"] != "0" {
			t.Errorf("the program for %s is built with %s and %v", arch, info.GoVersion, settings)
		}
		want := map[string][]byte{"dispatcher": got["dispatcher"]}
		r.tree(t, "bin/licenses", "licenses", want)
		r.tree(t, "deploy/systemd", "systemd", want)
		r.tree(t, "bin/sbom/linux-"+arch, "sbom", want)
		r.tree(t, "README.md", "README.md", want)
		r.tree(t, "CHANGELOG.md", "CHANGELOG.md", want)
		r.tree(t, "deploy/dispatcher.schema.json", "dispatcher.schema.json", want)
		if len(want) < 50 || want["licenses/LICENSE"] == nil || want["sbom/console.cdx.json"] == nil {
			t.Errorf("what is wanted of an archive is %d files", len(want))
		}
		for name := range got {
			if want[name] == nil {
				t.Errorf("the archive for %s has %s, which nobody wants in it", arch, name)
			}
		}
		for name, data := range want {
			if !bytes.Equal(got[name], data) {
				t.Errorf("%s of the archive for %s has %d bytes, not the %d that it is to have", name, arch,
					len(got[name]), len(data))
			}
		}
	}
}

// The program of an archive runs: it says which version it is, and takes the example.
func TestTheProgramOfAnArchiveRuns(t *testing.T) {
	r, err := released()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	archive := r.path("dispatcher-" + r.version + "-linux-" + runtime.GOARCH + ".tar.gz")
	unpack := exec.CommandContext(t.Context(), "tar", "xzf", archive, "-C", dir, "--strip-components=1")
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program := filepath.Join(dir, "dispatcher")
	said, err := exec.CommandContext(t.Context(), program, "version").CombinedOutput()
	if err != nil || !strings.Contains(string(said), r.version) {
		t.Errorf("version: %s, %v, want %s", said, err, r.version)
	}
	said, err = exec.CommandContext(t.Context(), program, "check", "../../deploy/dispatcher.yaml").CombinedOutput()
	if err != nil {
		t.Errorf("check: %s, %v", said, err)
	}
}

// The checksums are those of all that is handed out, and whoever builds the same commit elsewhere gets the same.
func TestTheSameCommitMakesTheSameRelease(t *testing.T) {
	one, err := released()
	if err != nil {
		t.Fatal(err)
	}
	if len(one.sums) != 3 {
		t.Errorf("the checksums are those of %v", slices.Sorted(maps.Keys(one.sums)))
	}
	for name, want := range one.sums {
		data, err := os.ReadFile(one.path(name))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s has the checksum %x, want %s", name, sum, want)
		}
	}
	other, err := snapshot("another")
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(one.sums, other.sums) {
		t.Errorf("two clones of the same commit make\n%v\n%v", one.sums, other.sums)
	}
}
