package script

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Traced is a rule that writes down what its operands give. It answers as the Program of the same source does, and
// takes longer. Only the places of its errors may be others within the same expression: goja gives the place of the
// code that it ran last before, and that is the call that an operand passes through.
type Traced struct {
	program *Program
	kept    []int
}

// Note is what an operand gave.
type Note struct {
	Times  int    // how often it was evaluated
	Truthy bool   // the last time
	Value  string // the last one as JSON, or a word for an object, cut at 200 bytes; empty where it threw
}

// The globals that operands pass through, as noteName(beginName(index), operand); no source can spell them.
const (
	beginName = "\x00begin"
	noteName  = "\x00note"
)

// Trace compiles a rule that Compile takes. It changes the source's syntax tree for good.
func Trace(src *source.Source, o Options) (*Traced, error) {
	p := &Program{src: src, timeout: 2 * o.Timeout, traced: true} // notes take time as well
	if o.Timeout == 0 {
		p.timeout = 2 * DefaultTimeout
	}
	needs, err := findNeeds(src)
	if err != nil {
		return nil, err
	}
	kept := wrapOperands(src, src.Operands())
	return &Traced{p, kept}, p.compileWith(needs)
}

// Kept returns which of the source's operands there are notes of: their indices, ascending.
func (t *Traced) Kept() []int { return t.kept }

// Eval calls the rule with a request as Program.Eval does, and returns what its operands gave too.
func (t *Traced) Eval(req *message.Request, b *work.Budget) (Result, []Note, error) {
	r := newRealm(t.program, b)
	r.notes = make([]Note, len(t.kept))
	result, err := r.eval(req)
	notes := r.notes
	r.notes = make([]Note, len(notes)) // Result.JSON may run the rule's code again
	return result, notes, err
}

// wrapOperands puts operands into calls that write notes, and returns the indices of those for which that changes
// nothing else. Where one stands in the list is where its note does.
func wrapOperands(src *source.Source, operands []source.Operand) (wrapped []int) {
	places := map[ast.Expression]*ast.Expression{}
	source.Walk(src.Expr, func(n ast.Node) bool {
		for _, place := range valuePlaces(n) {
			if *place != nil {
				places[*place] = place
			}
		}
		return true
	})
	for i, o := range operands {
		place, ok := places[o.Node]
		if _, yields := o.Node.(*ast.YieldExpression); !ok || yields {
			continue
		}
		*place = noteCall(len(wrapped), o.Node)
		wrapped = append(wrapped, i)
	}
	return wrapped
}

func noteCall(index int, operand ast.Expression) ast.Expression {
	at := operand.Idx0()
	call := func(name string, args ...ast.Expression) ast.Expression {
		return &ast.CallExpression{
			Callee: &ast.Identifier{Name: unistring.String(name), Idx: at}, LeftParenthesis: at, ArgumentList: args,
			RightParenthesis: operand.Idx1(),
		}
	}
	number := &ast.NumberLiteral{Idx: at, Literal: itoa(index), Value: int64(index)}
	return call(noteName, call(beginName, number), operand)
}

// valuePlaces returns the places directly below n whose expression is evaluated for its value alone. Those where it
// matters how an expression is written are left out: what is called, deleted, assigned to or asked for its type, and
// what takes its name from a variable.
func valuePlaces(n ast.Node) []*ast.Expression {
	switch n := n.(type) {
	case *ast.BinaryExpression:
		return []*ast.Expression{&n.Left, &n.Right}
	case *ast.ConditionalExpression:
		return []*ast.Expression{&n.Test, &n.Consequent, &n.Alternate}
	case *ast.UnaryExpression:
		if n.Operator == token.NOT {
			return []*ast.Expression{&n.Operand}
		}
	case *ast.IfStatement:
		return []*ast.Expression{&n.Test}
	case *ast.ReturnStatement:
		return []*ast.Expression{&n.Argument}
	case *ast.ExpressionBody:
		return []*ast.Expression{&n.Expression}
	case *ast.WhileStatement:
		return []*ast.Expression{&n.Test}
	case *ast.ForStatement:
		return []*ast.Expression{&n.Test}
	case *ast.Binding:
		return []*ast.Expression{&n.Initializer}
	case *ast.AssignExpression:
		return []*ast.Expression{&n.Right}
	case *ast.PropertyKeyed:
		return []*ast.Expression{&n.Value}
	case *ast.DotExpression:
		return []*ast.Expression{&n.Left}
	case *ast.CallExpression:
		return pointers(n.ArgumentList)
	case *ast.NewExpression:
		return pointers(n.ArgumentList)
	case *ast.ArrayLiteral:
		return pointers(n.Value)
	case *ast.TemplateLiteral:
		return pointers(n.Expressions)
	}
	return nil
}

func pointers(list []ast.Expression) (all []*ast.Expression) {
	for i := range list {
		all = append(all, &list[i])
	}
	return all
}

// setUpNotes adds the globals of a Traced.
func (r *realm) setUpNotes() {
	global := r.vm.GlobalObject()
	hidden(global, beginName, r.vm.ToValue(func(c goja.FunctionCall) goja.Value {
		n := r.noteOf(c)
		*n = Note{Times: n.Times + 1}
		return c.Argument(0)
	}))
	hidden(global, noteName, r.vm.ToValue(func(c goja.FunctionCall) goja.Value {
		v := c.Argument(1)
		n := r.noteOf(c)
		n.Truthy, n.Value = v.ToBoolean(), show(v)
		return v
	}))
}

func (r *realm) noteOf(c goja.FunctionCall) *Note {
	i := int(c.Argument(0).ToInteger()) // a literal of ours
	if i >= len(r.notes) {
		return new(Note) // while the source itself is checked
	}
	return &r.notes[i]
}

// maxShown is how many bytes of an operand's value are kept.
const maxShown = 200

// show describes a value without running any code of the rule.
func show(v goja.Value) string {
	if o, ok := v.(*goja.Object); ok {
		switch o.ClassName() {
		case "Array":
			return "an array"
		case "Function":
			return "a function"
		}
		return "an object"
	}
	text, ok := v.(goja.String)
	if !ok {
		if _, symbol := v.(*goja.Symbol); symbol {
			return "a symbol"
		}
		return shorten(v.String())
	}
	if text.Length() > maxShown {
		text = text.Substring(0, maxShown)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)      // addresses stand in angle brackets
	_ = enc.Encode(text.String()) // a string in memory
	return shorten(strings.TrimSuffix(buf.String(), "\n"))
}

func shorten(text string) string {
	if len(text) > maxShown {
		return strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}
