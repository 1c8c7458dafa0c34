package source

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
)

// Origins are where the values of a rule come from.
type Origins struct {
	Reads []string // all places in the request that the rule's outcome, or what it throws, may be derived from
	seen  map[ast.Expression]origin
}

// Path returns the place in the request that an expression reads, where it does nothing else.
func (o *Origins) Path(e ast.Expression) (path string, ok bool) {
	from := o.seen[e]
	return from.path, from.isPath && from.path != "" && reading(e)
}

// Origins finds out which places in the request each value of a rule may have been derived from, and sets Path and
// Reads of its operands.
//
// A place is written as message.via[0].host, without the name of the rule's parameter; [] stands for an element whose
// index isn't known, "" for the request as a whole, and message.via.length for how much there is. A value is derived
// from a place also where the rule only chose it by what stands there. There may be more places than necessary, and
// never fewer: what is secret in a message can be told by them.
func (s *Source) Origins(operands []Operand) *Origins {
	t := &tracker{
		scopes: map[ast.Node]*names{}, returned: map[ast.Node]origin{}, called: map[ast.Node][]string{}, changed: true,
	}
	for i := 0; t.changed && i < maxPasses; i++ {
		t.changed = false
		t.before, t.seen = t.seen, map[ast.Expression]origin{}
		t.rule(s.Expr)
		for e, now := range t.seen {
			t.changed = t.changed || len(now.reads) != len(t.before[e].reads)
		}
	}
	out := &Origins{seen: t.seen}
	done := !t.changed
	for i := range operands {
		o := &operands[i]
		o.Reads = t.seen[o.Node].reads
		if !done {
			o.Reads = []string{""}
		}
		if path, ok := out.Path(o.Node); ok {
			o.Path, o.Op = path, "path"
		}
		out.Reads = union(out.Reads, o.Reads)
	}
	out.Reads = union(out.Reads, t.gave)
	Walk(s.Expr, func(n ast.Node) bool {
		if b, ok := n.(*ast.BracketExpression); ok { // what is thrown where there is nothing to read from names it
			out.Reads = union(out.Reads, t.seen[b.Member].reads)
		}
		return true
	})
	if !done {
		out.Reads = []string{""}
	}
	return out
}

// reading reports whether an expression does nothing but read.
func reading(e ast.Expression) bool {
	switch n := e.(type) {
	case *ast.OptionalChain:
		return reading(n.Expression)
	case *ast.Identifier, *ast.DotExpression, *ast.BracketExpression:
		return true
	}
	return false
}

// Bounds of Origins: a rule that isn't done by then is taken to read everything.
const (
	maxPasses     = 12
	maxPathLength = 120 // bytes
	maxReads      = 64  // of one value: what is derived from more is derived from everything
)

// everything is what a value is derived from of which no more is known. Nobody may change it, nor other reads.
var everything = []string{""}

// origin is where a value comes from.
type origin struct {
	path   string // of the request, where isPath: the value is what stands there
	isPath bool
	reads  []string // ascending, each once
	fn     ast.Node // the function that it is
}

func at(path string) origin {
	if len(path) > maxPathLength {
		return origin{reads: []string{path[:strings.LastIndexAny(path[:maxPathLength], ".[")]}}
	}
	return origin{path: path, isPath: true, reads: []string{path}}
}

func from(reads []string) origin { return origin{reads: reads} }

// join is the origin of a value that is either.
func (o origin) join(p origin) origin {
	out := origin{reads: union(o.reads, p.reads)}
	if o.isPath && p.isPath && o.path == p.path {
		out.path, out.isPath = o.path, true
	}
	if o.fn == p.fn {
		out.fn = o.fn
	}
	return out
}

// with is the origin of the same value, chosen by what stands at further places.
func (o origin) with(reads []string) origin {
	o.reads = union(o.reads, reads)
	return o
}

func (o origin) below(part string) origin {
	if !o.isPath {
		return from(o.reads)
	}
	if o.path == "" {
		part = strings.TrimPrefix(part, ".")
	}
	return at(o.path + part).with(o.less(o.path).reads)
}

// less leaves out the place that the value was only reached through.
func (o origin) less(path string) origin {
	o.reads = slices.DeleteFunc(slices.Clone(o.reads), func(r string) bool { return r == path })
	return o
}

// extent are the reads of how much there is, of a list or a text, and not of what.
func (o origin) extent() []string {
	if !o.isPath {
		return o.reads
	}
	return union(o.less(o.path).reads, []string{strings.TrimPrefix(o.path+".length", ".")})
}

func union(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b
	}
	if a[0] == "" || b[0] == "" {
		return everything
	}
	all := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(a), b...))))
	if len(all) > maxReads {
		return everything
	}
	return all
}

// names are what the functions around know by name.
type names struct {
	outer *names
	vars  map[string]*origin
}

func (n *names) find(name string) *origin {
	for ; n != nil; n = n.outer {
		if o := n.vars[name]; o != nil {
			return o
		}
	}
	return nil
}

// tracker follows values through a rule, once and again until nothing is added.
type tracker struct {
	scopes   map[ast.Node]*names       // of functions
	returned map[ast.Node]origin       // of functions
	seen     map[ast.Expression]origin // of expressions
	before   map[ast.Expression]origin // the same in the pass before
	names    *names
	in       ast.Node              // the function that is walked through
	control  []string              // what was asked on the way here
	called   map[ast.Node][]string // of functions: what was asked on the way to their calls
	heap     []string              // what was put into objects
	gave     []string              // what the rule gave
	changed  bool
}

// rule walks through the function that the source yields, which is called with the request.
func (t *tracker) rule(e ast.Expression) {
	t.names, t.control = nil, nil
	if fn := t.expr(e); fn.fn != nil {
		t.call(fn.fn, []origin{at("")})
		t.gave = t.returned[fn.fn].reads
		return
	}
	t.gave = []string{""} // a function that wasn't written here
}

// add joins into what is known of a variable or a function's value.
func (t *tracker) add(to *origin, o origin, first bool) {
	was := *to
	switch {
	case first && !was.isPath && len(was.reads) == 0 && was.fn == nil:
		*to = o
	case was.fn != o.fn:
		t.escape(was)
		t.escape(o)
		fallthrough
	default:
		*to = was.join(o)
	}
	if len(to.reads) != len(was.reads) || to.isPath != was.isPath || to.path != was.path || to.fn != was.fn {
		t.changed = true
	}
}

// put notes what was put into an object, which any other name may lead to.
func (t *tracker) put(reads []string) {
	if more := union(t.heap, reads); len(more) != len(t.heap) {
		t.heap, t.changed = more, true
	}
}
