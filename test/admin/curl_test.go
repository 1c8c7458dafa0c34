//go:build admin

// Package admin runs the examples of docs/admin-api.md with curl against the dispatcher's binary, and compares what
// they print with golden files. -update writes those anew.
package admin

import (
	"context"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const docs = "../../docs/admin-api.md"

// example is one shell block of the document.
type example struct{ name, script string }

// TestTheDocumentsExamplesPrintWhatTheyPrinted runs them in the order of the document: later ones need the traffic of
// the first.
func TestTheDocumentsExamplesPrintWhatTheyPrinted(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	d := start(t, between(t, string(text), "```yaml\n", "\n```"))
	seen := map[string]bool{}
	for _, e := range examples(string(text)) {
		seen[e.name+".golden"] = true
		t.Run(e.name, func(t *testing.T) { golden(t, e.name+".golden", d.transcript(t, e.script)) })
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f.Name()] {
			t.Errorf("testdata/%s belongs to no example", f.Name())
		}
	}
}

// examples finds the shell blocks, each named by the heading above it.
func examples(text string) (all []example) {
	heading := regexp.MustCompile(`^#+ (.*)$`)
	name, script, inside := "", "", false
	for _, line := range strings.Split(text, "\n") {
		switch m := heading.FindStringSubmatch(line); {
		case line == "```sh":
			script, inside = "", true
		case inside && line == "```":
			all, inside = append(all, example{name, script}), false
		case inside:
			script += line + "\n"
		case m != nil:
			name = strings.Trim(regexp.MustCompile(`[^A-Za-z]+`).ReplaceAllString(strings.Replace(m[1], "/api/v1", "",
				1), "-"), "-")
		}
	}
	return all
}

func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, before)
	found, _, ends := strings.Cut(rest, after)
	if !ok || !ends {
		t.Fatalf("the document has no %q … %q", before, after)
	}
	return found + "\n"
}

// dispatcher is the binary at work, in a folder of its own.
type dispatcher struct {
	dir   string
	addrs *strings.Replacer // the document's addresses to those of the test
}

// start builds the binary and runs it with a configuration such as the document's, its processors being echoes, and
// with further files by their names.
func start(t *testing.T, config string, files ...map[string]string) *dispatcher {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "dispatcher")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary,
		"../../cmd/dispatcher").CombinedOutput(); err != nil {
		t.Fatalf("build the dispatcher: %v\n%s", err, out)
	}
	addr := peertest.FreeAddr(t)
	d := &dispatcher{dir: dir, addrs: strings.NewReplacer("127.0.0.1:51901", addr, "127.0.0.1:51902",
		peertest.FreeAddr(t),
		"127.0.0.1:50061", peertest.Start(t, peertest.Echo()).Addr, "127.0.0.1:50062", peertest.Start(t,
			peertest.Echo()).Addr)}
	for _, all := range append(files, map[string]string{"dispatcher.yaml": config}) {
		for name, text := range all {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(d.addrs.Replace(text)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), binary, "--config", "dispatcher.yaml")
	cmd.Dir, cmd.Cancel = dir, func() error { return cmd.Process.Signal(os.Interrupt) }
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // it was interrupted
		if t.Failed() {
			t.Logf("the dispatcher logged:\n%s", log.String())
		}
	})
	awaitReady(t, "http://"+addr+"/readyz")
	return d
}

func awaitReady(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s isn't ready", url)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// transcript is the script and what it prints, with what differs from run to run made the same.
func (d *dispatcher) transcript(t *testing.T, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", d.addrs.Replace(script))
	cmd.Dir = d.dir
	out, err := cmd.Output()
	// A cut by head ends curl by its pipe, which is what was meant.
	if err != nil && !strings.Contains(script, "| head") {
		t.Fatalf("%v\n%s%s", err, script, out)
	}
	return script + "\n" + settled(string(out)) + "\n"
}

// unsettled are what differs from run to run.
var unsettled = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`), "TIME"},
	{regexp.MustCompile(`"way":"(ordinary|relay)"`), `"way":"WAY"`},
	{regexp.MustCompile(`"relay":"(auto|off)"`), `"relay":"DEFAULT"`},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`[A-Z2-7a-z0-9]+-\d{6,}`), "ID"},
	{regexp.MustCompile(`"bootId":"[a-z2-7]+"`), `"bootId":"BOOT"`},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HASH"},
	{regexp.MustCompile(`"fleet":"[0-9a-f]{8}"`), `"fleet":"FLEET"`},
	{regexp.MustCompile(`"version":"[^"]*"`), `"version":"VERSION"`},
	{regexp.MustCompile(`"timeZone":"[^"]*","utcOffset":"[^"]*"`), `"timeZone":"ZONE","utcOffset":"OFFSET"`},
	{regexp.MustCompile(`("(?:\w+Ns|total|samples|match|chat|bytes)":)\d+`), "${1}0"},
	{regexp.MustCompile(`, "`), `,"`}, // protojson takes care not to be relied on
	{regexp.MustCompile(`(?m)^(: alive\n\n)+`), ""},
}

func settled(text string) string {
	for _, u := range unsettled {
		text = u.what.ReplaceAllString(text, u.as)
	}
	return text
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-%s +now):\n%s", file, diff)
	}
}
