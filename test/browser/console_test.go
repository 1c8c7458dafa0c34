//go:build browser

// Package browser looks at the console with a real browser: Chromium, headless.
package browser

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// startDispatcher builds the dispatcher, serves a configuration on a free port and returns its address.
func startDispatcher(t *testing.T, config string) (addr string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "dispatcher")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/dispatcher").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	file := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "--config", file)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	found := regexp.MustCompile(`"addr":"([^"]+)"`)
	for lines.Scan() {
		if m := found.FindStringSubmatch(lines.Text()); m != nil {
			addr = m[1]
			break
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for lines.Scan() {
		}
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		<-drained
		if err := cmd.Wait(); err != nil {
			t.Errorf("the dispatcher ended with %v", err)
		}
	})
	if addr == "" {
		t.Fatal("the dispatcher didn't say where it listens")
	}
	return addr
}

// dump returns the page's DOM as Chromium made it.
func dump(t *testing.T, url string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "chromium", "--headless", "--no-sandbox", "--disable-gpu",
		"--disable-background-networking", "--user-data-dir="+t.TempDir(), "--dump-dom", url).Output()
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	return string(out)
}

func TestTheConsolesPageLoadsAndHoldsNoData(t *testing.T) {
	addr := startDispatcher(t, `kind: MessageDispatcher
apiVersion: v2beta1
ref: office
spec:
  bindAddr: 127.0.0.1:0
  middlewares:
    - {ref: auth, addr: 127.0.0.1:1, postProcessor: false}
    - {ref: cdr, addr: 127.0.0.1:2, postProcessor: true}
  processors:
    - ref: im-processor
      addr: im:51904
      matchFunc: req => req.message.body < "<script>"
      methods: [MESSAGE]
`)
	page := dump(t, "http://"+addr+"/")
	for _, want := range []string{"Routr Message Dispatcher", "/api/v1/openapi.json", "/assets/"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page:\n%s", want, page)
		}
	}
	for _, secret := range []string{"office", "im-processor", "im:51904"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page tells everybody of %s:\n%s", secret, page)
		}
	}
}
