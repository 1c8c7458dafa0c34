package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheNoticeNamesWhatIsLinkedIn holds NOTICE against the modules of the binary, and sees that each has a license.
func TestTheNoticeNamesWhatIsLinkedIn(t *testing.T) {
	const root = "../.."
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}", "./cmd/dispatcher")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var linked []string
	for line := range strings.Lines(string(out)) {
		module, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		if module == "" || slices.Contains(linked, module) {
			continue
		}
		linked = append(linked, module)
		if found, err := filepath.Glob(filepath.Join(dir, "[LlCc][IiOo][CcPp][EeYy]*")); err != nil || len(found) == 0 {
			t.Errorf("%s has no license in %s", module, dir)
		}
	}
	notice, err := os.ReadFile(filepath.Join(root, "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(notice), "LINKED INTO THE BINARY")
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^  (\S+/\S+) +(?:MIT|Apache-2\.0|BSD-[23]-Clause)$`).
		FindAllStringSubmatch(table, -1) {
		named = append(named, m[1])
	}
	for _, module := range linked {
		if !slices.Contains(named, module) {
			t.Errorf("NOTICE doesn't name %s", module)
		}
	}
	for _, module := range named {
		if !slices.Contains(linked, module) {
			t.Errorf("NOTICE names %s, which isn't linked in", module)
		}
	}
}
