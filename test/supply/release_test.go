//go:build supply

package supply

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The configuration of releases is what goreleaser reads: a property that it doesn't know is an error.
func TestGoreleaserTakesItsConfiguration(t *testing.T) {
	const path = "../../.ci/goreleaser.yaml"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	wrong := bytes.Replace(text, []byte("goarch:"), []byte("architectures:"), 1)
	if err := os.WriteFile(bad, wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, wanted := range map[string]bool{path: true, bad: false} {
		absolute, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		check := exec.CommandContext(t.Context(), "go", "run", "-C", "../../.ci/release", ".", absolute)
		out, err := check.CombinedOutput()
		if (err == nil) != wanted {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if !wanted && !bytes.Contains(out, []byte("architectures")) {
			t.Errorf("what is wrong isn't said: %s", out)
		}
	}
}
