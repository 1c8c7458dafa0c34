package native

import (
	"github.com/dop251/goja/ast"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Traced is a rule compiled to write down what its operands give. It answers as the Program of the same source does,
// and takes longer.
type Traced struct {
	eval     evalFunc
	slots    int
	operands []source.Operand
	parts    []evalFunc // by operand: what evaluates it; nil where nothing does alone
}

// Note is what an operand gave.
type Note struct {
	Times  int    // how often it was evaluated
	Threw  bool   // the last time
	Truthy bool   // the last time
	Value  string // the last one as JSON, cut at the limit; empty where it threw
	// Would is what it would have given where it wasn't evaluated and a part of the rule around it was.
	Would Would
}

// Would is what is known of an operand that wasn't evaluated.
type Would uint8

// What an operand would have given.
const (
	Unknown Would = iota
	Falsy
	Truthy
)

// Answer is what a rule said to a message, and why.
type Answer struct {
	Matched bool
	Value   string // what was returned as JSON, cut at the limit; empty where it failed
	Notes   []Note // by operand
	Err     error  // a *Thrown or an *Exceeded
}

// Trace compiles a rule that Compile takes, whose operands these are; false where it can't be traced.
func Trace(src *source.Source, operands []source.Operand) (*Traced, bool) {
	c := &compiler{position: src.Position, trace: newTracer(operands)}
	body := c.rule(src.Expr)
	if c.outside != nil {
		return nil, false
	}
	return &Traced{eval: body.eval, slots: c.slots, operands: operands, parts: c.trace.parts}, true
}

// Match evaluates the rule. Values are cut at these many bytes: the one returned, and those of operands.
func (t *Traced) Match(req *message.Request, b *work.Budget, maxValue, maxOperand int) Answer {
	f := newFrame(t.slots, b)
	f.notes = make([]note, len(t.operands))
	v := t.eval(req, f)
	out := Answer{Err: f.err, Notes: make([]Note, len(t.operands))}
	if f.err == nil {
		out.Matched, out.Value = v.truthy(), v.show(req, maxValue)
	}
	for i, n := range f.notes {
		out.Notes[i].Times, out.Notes[i].Threw = n.times, n.threw
		if n.times > 0 && !n.threw {
			out.Notes[i].Truthy, out.Notes[i].Value = n.value.truthy(), n.value.show(req, maxOperand)
		}
	}
	f.notes = nil
	if f.err == nil {
		t.wouldBe(req, f, out.Notes)
	}
	f.charge()
	f.release()
	return out
}

// wouldBe evaluates the operands that the rule passed over. Their variables have their values: the part around them was
// evaluated.
func (t *Traced) wouldBe(req *message.Request, f *frame, notes []Note) {
	reached := make([]bool, len(notes))
	for i, o := range t.operands {
		reached[i] = notes[i].Times > 0 || o.Parent >= 0 && reached[o.Parent]
		if !reached[i] || notes[i].Times > 0 || !o.Own || o.Role == source.Side || t.parts[i] == nil {
			continue
		}
		v := t.parts[i](req, f)
		switch {
		case f.err != nil:
			f.err = nil
			if f.steps < 0 {
				return
			}
		case v.truthy():
			notes[i].Would = Truthy
		default:
			notes[i].Would = Falsy
		}
	}
}

// note is what is kept of an operand during an evaluation.
type note struct {
	times int
	threw bool
	value value
}

// tracer is what a compiler needs to know to compile operands to closures that write notes.
type tracer struct {
	index map[ast.Expression]int
	roles []source.Role
	// constants are the sides whose value is known: they stay constants, for what is compiled from them, and the part
	// around them writes their notes.
	constants map[ast.Expression]*value
	parts     []evalFunc
}

func newTracer(operands []source.Operand) *tracer {
	t := &tracer{
		index: map[ast.Expression]int{}, constants: map[ast.Expression]*value{},
		parts: make([]evalFunc, len(operands)),
	}
	for i, o := range operands {
		t.index[o.Node] = i
		t.roles = append(t.roles, o.Role)
	}
	return t
}

// knownNote is the note to write of a side whose value is known.
type knownNote struct {
	index int
	value value
}

// known returns the notes that the part n writes of its sides.
func (t *tracer) known(n ast.Expression) (out []knownNote) {
	var sides []ast.Expression
	switch n := n.(type) {
	case *ast.BinaryExpression:
		sides = []ast.Expression{n.Left, n.Right}
	case *ast.ConditionalExpression:
		sides = []ast.Expression{n.Test}
	}
	for _, side := range sides {
		if v := t.constants[side]; v != nil {
			out = append(out, knownNote{t.index[side], *v})
		}
	}
	return out
}

// wrap makes an operand write notes. What the compiler could make of the expression besides evaluating it is taken
// away, as that would go unnoticed.
func (t *tracer) wrap(n ast.Expression, e *expr) *expr {
	i, ok := t.index[n]
	if !ok || e.fn != nil || e.re != nil {
		return e
	}
	if t.roles[i] == source.Side {
		t.constants[n] = e.lit
		if e.lit != nil {
			return e
		}
	}
	known, eval := t.known(n), e.eval
	t.parts[i] = eval
	out := &expr{shape: e.shape, facts: e.facts, throws: e.throws}
	if t.roles[i] != source.Asked {
		out.lit = e.lit
	}
	out.eval = func(r *message.Request, f *frame) value {
		if f.err != nil || f.notes == nil {
			return eval(r, f) // what comes behind an exception isn't evaluated, as far as anybody can tell
		}
		v := eval(r, f)
		f.note(i, v)
		for _, k := range known {
			f.note(k.index, k.value)
		}
		return v
	}
	out.test = func(r *message.Request, f *frame) bool {
		v := out.eval(r, f)
		return v.truthy()
	}
	return out
}

func (f *frame) note(i int, v value) {
	n := &f.notes[i]
	n.times++
	n.value, n.threw = v, f.err != nil
}
