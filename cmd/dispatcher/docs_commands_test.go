package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// block is a fenced block of a page.
type block struct{ page, language, text string }

// blocks returns those of README and docs/ in a language.
func blocks(t *testing.T, language string) (all []block) {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	fenced := regexp.MustCompile("(?ms)^ *```" + language + "\n(.*?)^ *```")
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
			all = append(all, block{filepath.Base(page), language, m[1]})
		}
	}
	return all
}

// elsewhere says of commands that this test doesn't run, by how they begin, what does, or why nobody can.
var elsewhere = map[string]string{
	"go run ./cmd/dispatcher": "TestTheDemoIsWhatTheREADMESays serves the demo",
	"make ":                   "it runs this",
	"grpcurl ":                "test/interop: TestGrpcurlWorksAsTheSpecificationPrintsIt",
	"docker ":                 "test/image runs what the Dockerfile says, as there may be no engine",
	"install ":                "an installation's own: test/deploy holds what is installed against systemd",
	"DISPATCHER_ADMIN_TOKEN=$(openssl rand -hex 24) docker ": "test/deploy reads the file as compose does",
	"kubectl ":   "it needs a cluster: test/deploy renders, validates and checks what is applied",
	"helm ":      "it needs a cluster: test/deploy renders, validates and checks what is installed",
	"systemctl ": "it needs a machine that systemd runs: test/deploy reads the units, test/chaos restarts",
	"curl ":      "TestTheDemoIsWhatTheREADMESays, and test/admin for the admin API",
}

// TestEveryCommandOfTheGuidesRuns runs the commands of README and docs/ that are dispatcher's. Each other one has to be
// run elsewhere. docs/admin-api.md and docs/testing.md have tests of their own.
func TestEveryCommandOfTheGuidesRuns(t *testing.T) {
	var script strings.Builder
	count := 0
	for _, b := range blocks(t, "sh") {
		if b.page == "admin-api.md" || b.page == "testing.md" {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "dispatcher ") {
				script.WriteString("exec " + line + "\n")
				count++
				continue
			}
			known := false
			for begins := range elsewhere {
				known = known || strings.HasPrefix(line, begins)
			}
			if !known {
				t.Errorf("%s: nobody runs: %s", b.page, line)
			}
		}
	}
	if count == 0 {
		t.Fatal("found no command")
	}
	demo, err := os.ReadFile("../../internal/sample/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const invite = "INVITE sip:bob@sip.local SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK-1\n" +
		"From: <sip:alice@sip.local>;tag=1\n" +
		"To: <sip:bob@sip.local>\nCall-ID: call-1\nCSeq: 1 INVITE\nMax-Forwards: 70\n\n"
	script.WriteString("-- dispatcher.yaml --\n" + string(demo) + "-- invite.sip --\n" + invite)
	file := filepath.Join(t.TempDir(), "guides.txtar")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Files: []string{file}, RequireExplicitExec: true})
}

// TestTheDemoIsWhatTheREADMESays serves the demo on another port, and asks it what README asks it with curl.
func TestTheDemoIsWhatTheREADMESays(t *testing.T) {
	asked := regexp.MustCompile(`^curl '(http://127\.0\.0\.1:51901)([^']*)'`)
	s := serve(t, configFor("127.0.0.1:1"), "--demo=127.0.0.1:0")
	count := 0
	for _, b := range blocks(t, "sh") {
		for line := range strings.Lines(b.text) {
			m := asked.FindStringSubmatch(line)
			if m == nil || b.page == "admin-api.md" {
				continue
			}
			count++
			resp, err := http.Get("http://" + s.addr + m[2])
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK || !json.Valid(text) {
				t.Errorf("%s: %s %s, %v", strings.TrimSpace(line), resp.Status, text, err)
			}
		}
	}
	s.signal(t, syscall.SIGTERM)
	if code := s.exitCode(); count == 0 || code != exitOK {
		t.Errorf("%d requests, exit code %d", count, code)
	}
}

// TestEveryPieceOfConfigurationOfTheGuidesCanBeUsed puts the pieces that pages show into a whole file, and checks that.
func TestEveryPieceOfConfigurationOfTheGuidesCanBeUsed(t *testing.T) {
	const head, processor = "kind: MessageDispatcher\napiVersion: v2beta1\nref: docs\n", "  processors:\n" +
		"    - ref: a\n      addr: a:1\n      methods: [INVITE]\n"
	const rule = "      matchFunc: req => true\n"
	indented := func(text, by string) string {
		return by + strings.TrimSpace(strings.ReplaceAll(text, "\n", "\n"+by)) + "\n"
	}
	count := 0
	for _, b := range blocks(t, "yaml") {
		first := strings.TrimSpace(strings.SplitN(strings.TrimSpace(b.text), "\n", 2)[0])
		var text string
		switch {
		// by other tests
		case strings.Contains(b.text, "kind: MessageDispatcher"), strings.HasPrefix(first, "# rules.test.yaml"):
			continue
		case strings.HasPrefix(b.text, "# yaml-language-server:") && strings.Count(b.text, "\n") == 1:
			continue
		case strings.Contains(b.text, "containers:"): // of Kubernetes
			continue
		case b.page == "kubernetes.md", b.page == "metrics.md": // test/deploy gives them to helm and to promtool
			continue
		case strings.HasPrefix(first, "matchFunc:"):
			text = head + "spec:\n" + processor + indented(b.text, "      ")
		case first == "spec:":
			text = head + b.text + processor + rule
		case first == "processors:": // their rules and methods are left out
			piece := regexp.MustCompile(`(?m)^(  - ref: .*)$`).ReplaceAllString(b.text,
				"$1\n    methods: [INVITE]\n    matchFunc: req => req.ref === \"x\"")
			text = head + "spec:\n" + indented(piece, "  ")
		default:
			t.Errorf("%s: nobody looks at:\n%s", b.page, b.text)
			continue
		}
		count++
		var out, errs bytes.Buffer
		code := run([]string{"check", "--strict", "--no-files", "-"},
			streams{in: strings.NewReader(text), out: &out, err: &errs, getenv: func(string) string { return "" }})
		if code != exitOK {
			t.Errorf("%s: exit code %d for\n%s\n%s%s", b.page, code, text, &out, &errs)
		}
	}
	if count < 5 {
		t.Errorf("found only %d pieces", count)
	}
	for _, b := range blocks(t, "js") {
		for line := range strings.Lines(b.text) {
			text := head + "spec:\n" + processor + "      matchFunc: |\n        " + line
			var out, errs bytes.Buffer
			if code := run([]string{"check", "-"}, streams{in: strings.NewReader(text), out: &out, err: &errs,
				getenv: func(string) string { return "" }}); code != exitOK {
				t.Errorf("%s: %s%s", b.page, line, &errs)
			}
		}
	}
}

// TestTheDecisionOfTheGuideIsOne reads the example of docs/decisions.md as a decision.
func TestTheDecisionOfTheGuideIsOne(t *testing.T) {
	for _, b := range blocks(t, "json") {
		decoder := json.NewDecoder(strings.NewReader(b.text))
		decoder.DisallowUnknownFields()
		var e decision.Entry
		if err := decoder.Decode(&e); err != nil {
			t.Errorf("%s: %v", b.page, err)
		}
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var shown, whole map[string]any
		if json.Unmarshal([]byte(b.text), &shown) != nil || json.Unmarshal(again, &whole) != nil {
			t.Fatal("no objects")
		}
		for name := range whole {
			if _, found := shown[name]; !found && name != "message" {
				t.Errorf("%s: %s isn't shown", b.page, name)
			}
		}
	}
}

// TestTheEnvironmentIsWrittenDown finds every variable that the program reads.
func TestTheEnvironmentIsWrittenDown(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n## Environment\n")
	table, _, _ = strings.Cut(table, "\n## ")
	operations, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	err = filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			!strings.HasPrefix(path, "../../cmd/") && !strings.HasPrefix(path, "../../internal/") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`[gG]etenv\("([A-Z_]+)"\)`).FindAllSubmatch(text, -1) {
			read[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range read {
		if !strings.Contains(table, "`"+name+"`") && !strings.Contains(string(operations), "`"+name+"`") {
			t.Errorf("neither docs/configuration.md nor docs/operations.md names %s", name)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		if !read[m[1]] && m[1] != "TZ" {
			t.Errorf("docs/configuration.md names %s, which nobody reads", m[1])
		}
	}
	if len(read) < 5 {
		t.Errorf("found only %v", read)
	}
}
