package docs

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	cited   = regexp.MustCompile(`contract(?:\.md|'s)?,? section (\d+)|section (\d+) of the contract`)
	section = regexp.MustCompile(`(?m)^## (\d+)\. `)
)

// TestCommentsCiteSectionsThatTheContractHas reads every Go file.
func TestCommentsCiteSectionsThatTheContractHas(t *testing.T) {
	there := map[string]bool{}
	for _, m := range section.FindAllStringSubmatch(read(t, filepath.Join(root, "docs/contract.md")), -1) {
		there[m[1]] = true
	}
	found := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "node_modules" {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "contract_test.go") {
			return nil
		}
		for _, m := range cited.FindAllStringSubmatch(strings.ReplaceAll(read(t, path), "\n// ", " "), -1) {
			found++
			if !there[m[1]+m[2]] {
				t.Errorf("%s cites %q, which docs/contract.md doesn't have", path, m[0])
			}
		}
		return nil
	})
	if err != nil || found < 10 {
		t.Errorf("%d citations, %v", found, err)
	}
}
