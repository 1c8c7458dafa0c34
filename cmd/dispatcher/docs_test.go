package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestTheGuideToTestingRuns runs the commands of docs/testing.md, with its own example as the test.
func TestTheGuideToTestingRuns(t *testing.T) {
	text, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```yaml\n# rules.test.yaml\n(.*?)```").FindSubmatch(text)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(text, -1)
	if example == nil || len(blocks) == 0 {
		t.Fatal("the guide has no example, or no commands")
	}
	demo, err := os.ReadFile("../../internal/sample/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range blocks {
		for line := range strings.Lines(string(block[1])) {
			remote := strings.Contains(line, "http://")
			line = strings.Replace(line, "http://127.0.0.1:51901 --last 500", "$ADMIN --token-file token", 1)
			script.WriteString("exec " + line)
			if remote {
				script.WriteString("stdout '4 would go elsewhere'\n")
			}
		}
	}
	script.WriteString("exists report.xml\n")
	for name, content := range map[string]string{
		"rules.test.yaml": string(example[1]), "dispatcher.yaml": string(demo), "new.yaml": string(demo),
		"token": "s3cret\n",
		"decisions.jsonl": `{"id":"d-1","code":"OK","processor":"connect-processor",` +
			`"message":{"method":"INVITE","message":{"requestUri":{"user":"bob"}}}}` +
			"\n",
	} {
		script.WriteString("-- " + name + " --\n" + content)
	}
	file := filepath.Join(t.TempDir(), "guide.txtar")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Files: []string{file}, RequireExplicitExec: true, Setup: withAdmin(t)})
}

// TestTheDemosRulesPassTheirTests runs deploy/tests, as somebody would who changes the demo.
func TestTheDemosRulesPassTheirTests(t *testing.T) {
	var out, errs strings.Builder
	code := run([]string{"test", "../../deploy/tests", "--config", "../../internal/sample/demo.yaml", "--coverage",
		"--fail-under", "80"},
		streams{in: strings.NewReader(""), out: &out, err: &errs, getenv: func(string) string { return "" }})
	if code != exitOK || !strings.Contains(out.String(), "5 of 5 tests passed") {
		t.Errorf("exit code %d:\n%s%s", code, &out, &errs)
	}
}

// TestTheConfigurationsOfTheGuidesHaveNoWarnings checks every whole configuration that a page shows.
func TestTheConfigurationsOfTheGuidesHaveNoWarnings(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	whole := regexp.MustCompile("(?s)```yaml\n((?:[^`]*\n)?kind: MessageDispatcher\n.*?)```")
	found := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, example := range whole.FindAllSubmatch(text, -1) {
			found++
			var out, errs strings.Builder
			code := run([]string{"check", "--strict", "-"},
				streams{in: strings.NewReader(string(example[1])), out: &out, err: &errs,
					getenv: func(string) string { return "" }})
			if code == exitOK || refusedOnPurpose(string(text), errs.String()) {
				continue
			}
			t.Errorf("%s: exit code %d for\n%s\n%s%s", page, code, example[1], &out, &errs)
		}
	}
	if found < 3 {
		t.Errorf("found only %d configurations", found)
	}
}

// refusedOnPurpose reports whether the page shows the very problem that a configuration has, or the files that it names
// are the reader's own.
func refusedOnPurpose(page, said string) bool {
	first, _, _ := strings.Cut(said, "\n")
	_, message, _ := strings.Cut(first, ": ")
	return strings.Contains(page, message) || strings.Contains(said, "no such file")
}
