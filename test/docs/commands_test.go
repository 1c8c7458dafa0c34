package docs

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	command  = regexp.MustCompile("`((?:UPDATE=1 )?(?:make|go test|go generate) [^`]*)`")
	named    = regexp.MustCompile(`-(?:run|fuzz) '?((?:Test|Fuzz)\w+)`)
	folder   = regexp.MustCompile(`\./[\w/]+`)
	target   = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	testTags = regexp.MustCompile(`-tags (\w+)`)
)

// TestTheCommandsOfThePagesDoSomething finds commands that name a test, a folder, a tag or a target that isn't there,
// or ask a test to write what it doesn't: "go test -run" is content with nothing.
func TestTheCommandsOfThePagesDoSomething(t *testing.T) {
	var targets []string
	for _, m := range target.FindAllStringSubmatch(read(t, filepath.Join(root, "Makefile")), -1) {
		targets = append(targets, m[1])
	}
	count := 0
	for page, text := range pages(t) {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			count++
			if name, isMake := strings.CutPrefix(m[1], "make "); isMake {
				if !slices.Contains(targets, name) {
					t.Errorf("%s: %s: the Makefile has no such target", page, m[1])
				}
				continue
			}
			tests := testsIn(t, folder.FindString(m[1]))
			for _, want := range wanted(m[1]) {
				if !strings.Contains(tests, want) {
					t.Errorf("%s: %s: no test there has %q", page, m[1], want)
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("found only %d commands", count)
	}
}

// wanted are texts that the tests of a command's folder have to hold.
func wanted(line string) (all []string) {
	if m := named.FindStringSubmatch(line); m != nil {
		all = append(all, "func "+m[1]+"(")
	}
	if m := testTags.FindStringSubmatch(line); m != nil {
		all = append(all, "//go:build "+m[1])
	}
	if strings.HasSuffix(line, "-update") {
		all = append(all, `flag.Bool("update"`)
	}
	if strings.HasPrefix(line, "UPDATE=1 ") {
		all = append(all, `os.Getenv("UPDATE")`)
	}
	return all
}

// testsIn is the text of all tests of a folder.
func testsIn(t *testing.T, dir string) (text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	if dir != "" && len(files) == 0 {
		t.Errorf("%s has no tests", dir)
	}
	for _, file := range files {
		text += read(t, file)
	}
	return text
}
