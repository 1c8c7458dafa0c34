package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	columns    = 120 // of a line; a tab counts 4
	longText   = 60  // columns from which on a text in backquotes is data that is kept whole
	besideText = 60  // columns of a line that there may be before such a text
)

// generated is what tools write.
var generated = regexp.MustCompile(`(^|/)(gen|dist|testdata|node_modules|\.[^/.][^/]*)(/|$)|\.gen\.ts$`)

// punctuation is what may follow a text in backquotes that is the last thing on its line.
const punctuation = "(){}[],;:+. "

// TestLinesStayWithinTheirColumns finds lines that are too wide, in Go and in the console's TypeScript. What can't be
// broken may be wider: see whole.
func TestLinesStayWithinTheirColumns(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		if generated.MatchString(name) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(name); entry.IsDir() || ext != ".go" && ext != ".ts" && ext != ".tsx" {
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, line := range tooWide(t, name, text) {
			t.Errorf("%s:%d: the line is wider than %d columns", name, line, columns)
		}
		return nil
	})
	if err != nil || files < 500 {
		t.Fatalf("looked at %d files: %v", files, err)
	}
}

// TestWideLinesAreFound breaks the rule, and keeps to its exceptions, one by one.
func TestWideLinesAreFound(t *testing.T) {
	word := strings.Repeat("x", 100)
	for text, want := range map[string]int{
		"// " + word + "\n":                                                                       0,
		"// " + strings.Repeat("x", 117) + "\n":                                                   0,
		"// " + strings.Repeat("x", 118) + "\n":                                                   1,
		"// " + strings.Repeat("ß", 117) + "\n":                                                   0,
		"func f() {\n" + strings.Repeat("\t", 6) + "// " + word + "\n}\n":                         1,
		"type t struct {\n\tA int `doc:\"" + word + word + "\"`\n}\n":                             0,
		"const a = `" + word + word + "`\n":                                                       0,
		"const a = `x\n" + word + word + "\n`\n":                                                  0,
		"const a = \"" + word + word + "\"\n":                                                     1,
		"var a = f(`" + word + "`, \"" + word + "\")\n":                                           1,
		"var a" + word + " = `" + word + "`\n":                                                    1,
		"var a = f(" + strings.Repeat("x, ", 30) + "1) //nolint:all // because of " + word + "\n": 0,
		"var a = f(" + strings.Repeat("x, ", 50) + "1) //nolint:all // because\n":                 1,
	} {
		if got := tooWide(t, "a.go", []byte("package a\n"+text)); len(got) != want {
			t.Errorf("%q: found %v, want %d lines", text, got, want)
		}
	}
}

// tooWide returns the numbers of the lines of a file that are too wide and could be broken.
func tooWide(t *testing.T, name string, text []byte) (found []int) {
	t.Helper()
	var kept map[int]bool
	for i, line := range strings.Split(string(text), "\n") {
		if width(line) <= columns {
			continue
		}
		if kept == nil && filepath.Ext(name) == ".go" {
			kept = whole(t, name, text)
		}
		if code, _, ok := strings.Cut(line, " //nolint:"); !kept[i+1] && (!ok || width(code) > columns) {
			found = append(found, i+1)
		}
	}
	return found
}

func width(line string) int {
	return utf8.RuneCountInString(strings.TrimSuffix(line, "\r")) + 3*strings.Count(line, "\t")
}

// whole returns the numbers of the lines that hold something which can't be broken, or shouldn't: tags of structs,
// texts of several lines, and long texts in backquotes that end a line, such as rules and patterns.
func whole(t *testing.T, name string, text []byte) map[int]bool {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	lines, kept := bytes.Split(text, []byte("\n")), map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			if n.Tag != nil {
				kept[set.Position(n.Tag.Pos()).Line] = true
			}
		case *ast.BasicLit:
			from, to := set.Position(n.Pos()), set.Position(n.End())
			for line := from.Line; to.Line > from.Line && line <= to.Line; line++ {
				kept[line] = true
			}
			line := lines[from.Line-1]
			if n.Value[0] == '`' && from.Line == to.Line && utf8.RuneCountInString(n.Value) >= longText &&
				width(string(line[:from.Column-1])) <= besideText &&
				strings.Trim(string(line[to.Column-1:]), punctuation) == "" {
				kept[from.Line] = true
			}
		}
		return true
	})
	return kept
}
