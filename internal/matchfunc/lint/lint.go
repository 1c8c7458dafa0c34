// Package lint finds what a matchFunc that loads is unlikely to mean: fields that no message has, comparisons that
// always give the same answer, reads that fail on messages without a certain header, writes that nobody sees.
//
// Package matchfunc calls it once for every rule when a configuration loads, before a compiler rewrites the syntax
// tree. Nothing here changes a Source, and all of it is safe for concurrent use.
//
// What a value can be, only the native compiler knows: a linter watches it compile the rule (watch.go). Behind what the
// compiler leaves to the engine nothing is known, and nothing is said. What a message may lack depends on what the rule
// has tested before: that is followed afterwards (flow.go).
package lint

import (
	"cmp"
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// Warning is one thing to look at again, and where in the source it is; both numbers count from 1, the column in
// characters.
type Warning struct {
	Line, Column int
	Message      string
}

// Check returns the warnings for a rule in the order of its text, each place once. Where the source doesn't write the
// rule's function in place, they are of its characters alone.
func Check(src *source.Source) []Warning {
	l := &linter{
		src: src, values: map[ast.Expression]*value{}, active: map[ast.Node]bool{},
		asked: map[string]bool{}, reported: map[string]bool{},
	}
	if fn, ok := rule(src.Expr); ok {
		l.rule(fn)
	}
	return l.warnings()
}

// rule looks at the function that the source yields.
func (l *linter) rule(fn function) {
	if !fn.refersToItself() {
		l.watch(fn)
	}
	l.returnsNothing(fn)
}

// watch warns of what the native compiler knows to be wrong.
func (l *linter) watch(fn function) {
	end := native.Watch(l.src, l)
	if !l.writes { // where it does, what is read afterwards is not what the schema says
		l.body(fn, nil)
	}
	if end > 0 {
		l.found = slices.DeleteFunc(l.found, func(f finding) bool { return f.at >= end })
	}
	if l.writes {
		l.found = slices.DeleteFunc(l.found, func(f finding) bool { return !f.write })
	}
}

// linter is the state of one Check.
type linter struct {
	src      *source.Source
	values   map[ast.Expression]*value // of expressions and patterns, as they were compiled last
	active   map[ast.Node]bool         // functions that are being followed
	asked    map[string]bool           // paths of lists and maps whose content the rule has asked about
	reported map[string]bool           // what was said to be missing at times
	lenient  int                       // how many try blocks with a catch are around
	visited  int                       // expressions that were followed
	bindings int                       // how many constants were given a path of their own
	wrong    bool                      // something was said not to be there
	writes   bool                      // the rule writes to the message
	found    []finding
}

type finding struct {
	at      file.Idx
	of      ast.Expression // that it was found in; nil where the flow tells
	write   bool
	message string
}

func (l *linter) warn(at file.Idx, message string) {
	l.found = append(l.found, finding{at: at, message: message})
}

// warnings returns what was found, in the order of the text.
func (l *linter) warnings() []Warning {
	var out []Warning
	for _, h := range l.src.Hidden() {
		out = append(out, Warning(h))
	}
	for _, f := range l.found {
		line, column := l.src.Position(f.at)
		out = append(out, Warning{Line: line, Column: column, Message: f.message})
	}
	slices.SortStableFunc(out, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(out, func(a, b Warning) bool { return a.Line == b.Line && a.Column == b.Column })
}

// function is a function that a source writes in place, however it is written.
type function struct {
	name       *ast.Identifier // of a function expression that has one
	parameters *ast.ParameterList
	body       ast.ConciseBody
	special    bool // async, or a generator: calling it doesn't run it
}

func functionOf(e ast.Expression) (function, bool) {
	switch n := e.(type) {
	case *ast.ArrowFunctionLiteral:
		return function{parameters: n.ParameterList, body: n.Body, special: n.Async}, true
	case *ast.FunctionLiteral:
		return function{n.Name, n.ParameterList, n.Body, n.Async || n.Generator}, true
	}
	return function{}, false
}

// rule returns the function that the source yields.
func rule(e ast.Expression) (function, bool) {
	fn, ok := functionOf(e)
	return fn, ok && !fn.special
}

func (fn function) refersToItself() bool {
	found := false
	if fn.name != nil {
		source.Walk(fn.body, func(n ast.Node) bool {
			id, ok := n.(*ast.Identifier)
			found = found || ok && id.Name == fn.name.Name
			return true
		})
	}
	return found
}
