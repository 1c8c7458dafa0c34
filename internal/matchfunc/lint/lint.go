// Package lint finds what a matchFunc that loads is unlikely to mean: fields that no message has, comparisons that
// always give the same answer, reads that fail on messages without a certain header, writes that nobody sees.
//
// Package matchfunc calls it once for every rule when a configuration loads, before a compiler rewrites the syntax
// tree. Nothing here changes a Source, and all of it is safe for concurrent use.
//
// A rule is evaluated once over what is known of a message beforehand: its schema. Where that isn't enough to be sure,
// as behind a function of the rule's own or a variable that changes, a value is unknown and nothing is said of it.
package lint

import (
	"cmp"
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

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
		assigned: assignedNames(src.Expr),
		asked:    map[string]bool{},
		reported: map[string]bool{},
		src:      src,
	}
	if fn, ok := rule(src.Expr); ok {
		l.rule(fn)
	}
	return l.warnings()
}

// rule looks at the function that the source yields.
func (l *linter) rule(fn function) {
	l.scope = &scope{names: map[string]value{}}
	request := requestValue()
	if fn.refersToItself() {
		request = unknown() // what it calls itself with
	}
	l.function(fn, []value{request}, nil)
	if l.writes || l.unsure {
		l.found = slices.DeleteFunc(l.found, func(f finding) bool { return !f.write })
	}
	l.returnsNothing(fn)
}

// linter is the state of one Check.
type linter struct {
	src      *source.Source
	scope    *scope
	assigned map[string]bool // names of variables that change, wherever they are
	asked    map[string]bool // paths of lists and maps whose content the rule has asked about
	reported map[string]bool // paths that were said to be missing at times
	lenient  int             // how many try blocks with a catch are around
	bindings int             // how many constants were given a path of their own
	writes   bool            // the rule writes to req: what it reads afterwards is not what the schema says
	unsure   bool            // it writes to something unknown, which may be a part of req
	found    []finding
}

type finding struct {
	at      file.Idx
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
	variables  []*ast.VariableDeclaration
	special    bool // async, or a generator: calling it doesn't run it
}

func functionOf(e ast.Expression) (function, bool) {
	switch n := e.(type) {
	case *ast.ArrowFunctionLiteral:
		return function{parameters: n.ParameterList, body: n.Body, variables: n.DeclarationList, special: n.Async}, true
	case *ast.FunctionLiteral:
		return function{n.Name, n.ParameterList, n.Body, n.DeclarationList, n.Async || n.Generator}, true
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
