//go:build deploy

// Package deploy holds what stands in deploy/ against the programs that will read it.
package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The units as an installation has them: where they name the program, there is one.
func installed(t *testing.T) (service string) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "dispatcher")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/dispatcher").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	units, err := filepath.Glob("../../deploy/systemd/*")
	if err != nil || len(units) != 2 {
		t.Fatalf("the units are %v, %v", units, err)
	}
	for _, unit := range units {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.ReplaceAll(string(text), "/usr/local/bin/dispatcher", program)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(unit)), []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "routr-dispatcher.service")
}

// systemd itself finds nothing to say: no unknown directive, no missing program, no wrong value.
func TestSystemdTakesTheUnits(t *testing.T) {
	cmd := exec.Command("systemd-analyze", "verify", "--man=no", installed(t))
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "routr-dispatcher") {
		t.Errorf("systemd says of the units: %v\n%s", err, out)
	}
}

// docs/operations.md says how exposed the service is: 1.2 of 10.
func TestTheServiceIsHardened(t *testing.T) {
	cmd := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=12", installed(t))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("systemd finds the service more exposed than 1.2: %v\n%s", err, out)
	}
}
