package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestTheWalkOfOneMessageIsTrue finds functions that docs/design.md leads a message through and that aren't there.
func TestTheWalkOfOneMessageIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := regexp.MustCompile("(?m)^\\| `(\\w+/\\w+\\.go)` \\| `(\\w+)` \\|").FindAllStringSubmatch(string(page), -1)
	if len(steps) < 30 {
		t.Fatalf("the walk has %d steps", len(steps))
	}
	for _, step := range steps {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", step[1]), nil,
			parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s: %v", step[1], err)
			continue
		}
		found := false
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			found = found || ok && f.Name.Name == step[2]
		}
		if !found {
			t.Errorf("%s has no function %s", step[1], step[2])
		}
	}
}
