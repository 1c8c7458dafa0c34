package matchfunc

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestTheReadmeNamesFilesThatAreThere keeps the page for who looks for a fault true.
func TestTheReadmeNamesFilesThatAreThere(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, m := range regexp.MustCompile("`([\\w*/.]+\\.(?:go|txt|jsonl)|\\w+/)`").FindAllSubmatch(page, -1) {
		named++
		found := false
		for _, dir := range []string{".", "../..", "script", "esregexp"} {
			all, err := filepath.Glob(filepath.Join(dir, string(m[1])))
			found = found || err == nil && len(all) > 0
		}
		if !found {
			t.Errorf("there is no %s", m[1])
		}
	}
	if named < 40 {
		t.Errorf("only %d files are named", named)
	}
}
