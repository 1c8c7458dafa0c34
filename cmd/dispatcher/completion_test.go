package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestBashCompletes lets bash complete command lines with the script.
func TestBashCompletes(t *testing.T) {
	var script, errs bytes.Buffer
	if code := run([]string{"completion", "bash"}, streams{in: strings.NewReader(""), out: &script,
		err: &errs}); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	for line, want := range map[string]string{
		"dispatcher ch":                     "check",
		"dispatcher check --":               "--help --version --config --strict --no-files --json",
		"dispatcher check rules":            "rules.yaml",
		"dispatcher --config rules":         "rules.yaml",
		"dispatcher -c rules":               "rules.yaml",
		"dispatcher explain rules":          "rules.yaml",
		"dispatcher completion z":           "zsh",
		"dispatcher help ex":                "explain",
		"dispatcher --dr":                   "--drain-timeout",
		"dispatcher serve --drain-timeout ": "",
	} {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", script.String()+`
touch rules.yaml; COMP_WORDS=($1); [[ $1 == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_dispatcher; echo "${COMPREPLY[*]}"`, "bash", line)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%q completes to %q (%v), want %q", line, got, err, want)
		}
	}
}

// TestEveryShellKnowsEveryCommandAndFlag holds the scripts against the command itself.
func TestEveryShellKnowsEveryCommandAndFlag(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	for shell, script := range map[string]string{"bash": bashCompletion(parser.Model),
		"zsh": zshCompletion(parser.Model), "fish": fishCompletion(parser.Model)} {
		for _, node := range people(parser.Model) {
			if !strings.Contains(script, node.Name) {
				t.Errorf("%s: %s is missing", shell, node.Name)
			}
			for _, f := range flagsOf(parser.Model, node) {
				if name := map[bool]string{true: "-l " + f.Name,
					false: "--" + f.Name}[shell == "fish"]; !strings.Contains(script, name) {
					t.Errorf("%s: %s of %s is missing", shell, name, node.Name)
				}
			}
		}
		if strings.Contains(script, "rule-worker") {
			t.Errorf("%s offers what isn't for people", shell)
		}
	}
}

func TestEveryCommandSaysItsExitCodes(t *testing.T) {
	for _, command := range []string{"serve", "check", "explain", "impact", "test", "schema", "healthcheck",
		"completion", "version", "help"} {
		var out, errs bytes.Buffer
		if code := run([]string{command, "--help"}, streams{in: strings.NewReader(""), out: &out,
			err: &errs}); code != exitOK || !strings.Contains(out.String(), "Exit codes: 0 ") {
			t.Errorf("%s --help: exit code %d:\n%s%s", command, code, &out, &errs)
		}
	}
}
