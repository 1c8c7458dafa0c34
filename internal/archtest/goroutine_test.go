package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// bare are goroutines that need no net: what they run can't panic, or they belong to a message that has one.
var bare = map[string]string{
	"internal/app/run.go served":           "serve has one",
	"internal/app/echo.go e":               "serve has one",
	"internal/server/batch.go c":           "write has one, and the rest moves slices",
	"internal/worker/pool.go cancel":       "it cancels a context",
	"internal/worker/session.go cancel":    "it cancels a context",
	"cmd/dispatcher/impact.go stop":        "it cancels a context",
	"internal/decision/sink.go a":          "entries and write have one each",
	"internal/impact/shadow.go s":          "run has one for each message",
	"internal/backend/resolver.go r":       "run has one for each turn",
	"internal/backend/clock.go c":          "turn has one for each call, and one",
	"internal/backend/fleet.go c":          "follow has one for each turn",
	"internal/app/run.go errs":             "it shuts a server down, the last thing that is done",
	"internal/app/run.go a":                "logReadiness and watch have one for each turn",
	"internal/worker/process.go c":         "reap has one",
	"internal/relay/connection.go c":       "keep has one for each turn",
	"internal/server/server.go s":          "follow has one for each turn",
	"internal/server/guard.go g":           "giveUp has one",
	"internal/telemetry/queue.go q":        "step has one",
	"internal/matchfunc/script/watch.go w": "sample has one",
}

// A goroutine that panics ends the process, and every message with it.
func TestEveryGoroutineCatchesItsPanics(t *testing.T) {
	seen, needed := 0, map[string]bool{}
	eachFile(t, func(t *testing.T, name string, file *ast.File) {
		if strings.HasPrefix(name, "internal/peertest") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			started := startedBy(n)
			if started == nil {
				return true
			}
			seen++
			if body, ok := started.(*ast.FuncLit); ok {
				if caught(body.Body) {
					return true
				}
			}
			needed[name+" "+first(started)] = true
			if bare[name+" "+first(started)] == "" {
				t.Errorf("%s starts a goroutine (%q) that doesn't catch its panics: see package panics", name,
					first(started))
			}
			return true
		})
	})
	if seen < 15 {
		t.Errorf("found %d goroutines only", seen)
	}
	for known := range bare {
		if !needed[known] {
			t.Errorf("%q is excused, and there is no such goroutine", known)
		}
	}
}

// startedBy returns what a node starts as a goroutine: a function, or the call of one.
func startedBy(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.GoStmt:
		if lit, ok := n.Call.Fun.(*ast.FuncLit); ok {
			return lit
		}
		return n.Call
	case *ast.CallExpr:
		called, ok := n.Fun.(*ast.SelectorExpr)
		if ok && (called.Sel.Name == "Go" && len(n.Args) == 1 || called.Sel.Name == "AfterFunc" && len(n.Args) == 2) {
			return n.Args[len(n.Args)-1]
		}
	}
	return nil
}

// caught reports whether package panics, or recover, is named in a body.
func caught(body ast.Node) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && (id.Name == "panics" || id.Name == "guarded" || id.Name == "recover") {
			found = true
		}
		return !found
	})
	return found
}

// first is the name that a function's work begins with, by which the table knows it.
func first(e ast.Expr) (name string) {
	if lit, ok := e.(*ast.FuncLit); ok {
		e = &ast.ParenExpr{X: &ast.FuncLit{Type: &ast.FuncType{}, Body: lit.Body}}
	}
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name
}

// eachFile visits the program's own files, tests and generators left out.
func eachFile(t *testing.T, visit func(t *testing.T, name string, file *ast.File)) {
	t.Helper()
	const root = "../.."
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "testdata" || d.Name() == "gen" || d.Name() == "archtest") {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			visit(t, filepath.ToSlash(rel), file)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
