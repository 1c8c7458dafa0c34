package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFilesThatTurnOddHangNothing turns the token's file into what can't be read to an end, reloads and stops.
func TestFilesThatTurnOddHangNothing(t *testing.T) {
	for name, turn := range map[string]func(path string) error{
		"a pipe":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"endless":     func(path string) error { return os.Symlink("/dev/zero", path) },
		"a folder":    func(path string) error { return os.Mkdir(path, 0o700) },
		"3 GB of air": func(path string) error { return sparse(path, 3<<30) },
	} {
		t.Run(name, func(t *testing.T) {
			token := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(token, []byte("secret-token"), 0o600); err != nil {
				t.Fatal(err)
			}
			d := dispatch(t, resource(echo(t), echo(t), fmt.Sprintf("admin: {tokenFile: %s}", token)))
			stop := callers(t, d.addr, 2)
			if err := os.Remove(token); err != nil {
				t.Fatal(err)
			}
			if err := turn(token); err != nil {
				t.Fatal(err)
			}
			_ = d.cmd.Process.Signal(syscall.SIGHUP) // it lives
			d.eventually(t, "the reload fails", func() bool {
				return d.metric(t,
					`routr_dispatcher_reloads_total{result="failed"}`) > 0
			})
			if n := d.metric(t, "routr_dispatcher_config_epoch"); n != 1 {
				t.Errorf("epoch %v runs", n)
			}
			if calls := len(stop()); calls == 0 {
				t.Errorf("%d calls of neighbours were served", calls)
			}
			if peak := d.peak(t); peak > 256<<20 {
				t.Errorf("memory peaked at %d MiB", peak>>20)
			}
			d.terminate(t)
		})
	}
}

// sparse makes a file that is large and takes no room.
func sparse(path string, size int64) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(path, size)
}
