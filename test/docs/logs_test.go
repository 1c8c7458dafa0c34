package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// loggers are the methods of a slog.Logger that log.
var loggers = regexp.MustCompile(`^(Debug|Info|Warn|Error)(Context)?$|^Log(Attrs)?$`)

// TestTheTableOfLogLinesIsTrue holds the table of the lines that the program logs against its source: who watches a log
// greps for these texts and reads these members.
func TestTheTableOfLogLinesIsTrue(t *testing.T) {
	written := linesOf(t, "../../internal", "../../cmd")
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n### The lines\n")
	table, _, _ = strings.Cut(table, "\n## ")
	described := map[string]line{}
	for text := range strings.SplitSeq(table, "\n") {
		if cells := strings.Split(text, "|"); len(cells) == 6 && strings.HasPrefix(cells[1], " `") {
			described[strings.Trim(cells[2], " `")] = line{
				level: strings.Trim(cells[1], " `"), members: regexp.MustCompile(`\w+`).FindAllString(cells[3], -1),
			}
		}
	}
	for _, text := range slices.Sorted(maps.Keys(written)) {
		row, ok := described[text]
		if !ok {
			t.Errorf("the table lacks %q %v", text, written[text].members)
		}
		is := written[text]
		if is.level != "" && ok && row.level != is.level {
			t.Errorf("%q is of level %s, not %s", text, is.level, row.level)
		}
		for _, member := range is.members {
			if ok && !slices.Contains(row.members, member) {
				t.Errorf("the row of %q lacks the member %s", text, member)
			}
		}
		for _, member := range row.members {
			if !is.more && !slices.Contains(is.members, member) {
				t.Errorf("%q has no member %s", text, member)
			}
		}
	}
	for text := range described {
		if _, ok := written[text]; !ok {
			t.Errorf("nothing logs %q", text)
		}
	}
	if len(written) < 20 {
		t.Errorf("only %d lines were found", len(written))
	}
}

// line is what is known of one.
type line struct {
	level   string // empty where it is no constant
	members []string
	more    bool // than those that are constants
}

// linesOf are the constant lines that source files log, with the names of members that stand beside them.
func linesOf(t *testing.T, roots ...string) map[string]line {
	t.Helper()
	all := map[string]line{}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.Contains(path, "peertest") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if text, l := logged(call); text != "" {
						all[text] = line{l.level, append(l.members, all[text].members...), l.more}
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// logged is the line of a call that logs; empty for another call.
func logged(call *ast.CallExpr) (text string, l line) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !loggers.MatchString(method.Sel.Name) {
		return "", l
	}
	at, name := 0, method.Sel.Name
	switch {
	case strings.HasPrefix(name, "Log"):
		at = 2 // behind the context and the level
	case strings.HasSuffix(name, "Context"):
		at = 1
	}
	if at >= len(call.Args) {
		return "", l
	}
	if at < 2 {
		l.level = strings.ToLower(strings.TrimSuffix(name, "Context"))
	}
	if text, ok = literal(call.Args[at]); !ok {
		return "", l
	}
	l.more = call.Ellipsis.IsValid()
	for i := at + 1; i < len(call.Args); i += 2 {
		if member, ok := literal(call.Args[i]); ok {
			l.members = append(l.members, member)
		}
	}
	return text, l
}

// literal is the text of string literals, one behind the other.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, also := literal(e.Y)
		return left + right, ok && also
	}
	return "", false
}
