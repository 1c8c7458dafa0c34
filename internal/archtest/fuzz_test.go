package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryFuzzTargetHasACorpus: what was found once, or is easily missed, is tried at each run of the tests.
func TestEveryFuzzTargetHasACorpus(t *testing.T) {
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	found := 0
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../archtest") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range target.FindAllSubmatch(text, -1) {
			found++
			if corpus, err := os.ReadDir(filepath.Join(filepath.Dir(path), "testdata", "fuzz",
				string(m[1]))); err != nil || len(corpus) == 0 {
				t.Errorf("%s: %s has no corpus", path, m[1])
			}
		}
		return err
	})
	if err != nil || found < 10 {
		t.Errorf("%d targets, %v", found, err)
	}
}
