package matchfunc

import (
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/script"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Explanation is what a rule said to one message, and why.
type Explanation struct {
	Matched  bool
	Value    string // what the rule returned, as JSON cut at 1 kB, or a few words where it has none; empty where it failed
	Err      *EvalError
	Operands []Operand
}

// Operand is one part of a rule's tree of &&, ||, !, ?? , ?: and comparisons, in the order of the source, an outer one
// before those within it.
type Operand struct {
	From      Place  `json:"from"`
	To        Place  `json:"to"`   // behind the last character
	Text      string `json:"text"` // of the source, cut at 200 characters
	Evaluated bool   `json:"evaluated"`
	Truthy    bool   `json:"truthy"`          // of the last value, where it was evaluated
	Value     string `json:"value,omitempty"` // JSON of the last value, or a word, cut at 200 bytes; empty where it threw
	Times     int    `json:"times"`           // how often it was evaluated: more than once within a loop or a callback
	Compared  bool   `json:"-"`               // a side of a comparison, or what ?: asks
}

// How many bytes are shown of what a rule returned, of what an operand gave, and of its text.
const (
	maxValue   = 1 << 10
	maxOperand = 200
	maxText    = 200
)

// Explain evaluates the rule as Match does, and writes down what its operands gave. It compiles the rule once more to
// do so, which takes far longer than a Match: an Explainer does that once for many messages.
func (f *Func) Explain(req *message.Request) Explanation { return f.Explainer().Explain(req) }

// Explainer explains what a rule says to one message after the other. It is safe for concurrent use.
type Explainer struct {
	fn     *Func
	src    *source.Source
	native *native.Traced // nil where the rule isn't native, or can't be traced
	script *script.Traced // the same for a rule in the engine
}

// Explainer compiles the rule once more, to be failure. Nothing of it is kept in the Func, which a configuration may
// have ten thousands of.
func (f *Func) Explainer() *Explainer {
	x := &Explainer{fn: f}
	src, err := source.Parse(f.text)
	if err != nil {
		return x // it parsed when it was compiled
	}
	x.src = src
	if f.native != nil {
		x.native, _ = native.Trace(src)
		return x
	}
	if traced, err := script.Trace(src, script.Options{Timeout: f.timeout}); err == nil {
		x.script = traced
	}
	return x
}

// Explain evaluates the rule as Match does, and writes down what its operands gave.
func (x *Explainer) Explain(req *message.Request) Explanation { return x.ExplainWithin(nil, req) }

// ExplainWithin is Explain within what the rules of a message may do together.
func (x *Explainer) ExplainWithin(b *Budget, req *message.Request) Explanation {
	switch {
	case x.native != nil:
		a := x.native.Match(req, b, maxValue, maxOperand)
		out := Explanation{Matched: a.Matched, Value: a.Value, Err: failure(a.Err)}
		for i, o := range x.native.Operands() {
			out.Operands = append(out.Operands, x.operand(o, a.Notes[i].Times, a.Notes[i].Truthy, a.Notes[i].Value))
		}
		return out
	case x.fn.native != nil:
		matched, err := x.fn.native.Match(req, b)
		return Explanation{Matched: matched, Err: failure(err)}
	}
	return x.inEngine(b, req)
}

// inEngine evaluates the rule twice, as it is and with notes: the places of errors are exact in the first only. A rule
// that answers otherwise the second time, as one may that asks for the time, explains nothing.
func (x *Explainer) inEngine(b *Budget, req *message.Request) (out Explanation) {
	result, err := x.fn.script.EvalWithin(b, req)
	if err != nil {
		out.Err = failure(err)
	} else {
		out.Matched, out.Value = result.Truthy, result.JSON()
	}
	if x.script == nil {
		return out
	}
	again, notes, err := x.script.Eval(req, b)
	if again.Truthy != out.Matched || (err != nil) != (out.Err != nil) {
		return out
	}
	for i, n := range notes {
		out.Operands = append(out.Operands, x.operand(x.script.Operands()[i], n.Times, n.Truthy, n.Value))
	}
	return out
}

func (x *Explainer) operand(o source.Operand, times int, truthy bool, value string) Operand {
	out := Operand{Text: x.src.Text[o.From:o.To], Evaluated: times > 0, Truthy: truthy, Value: value, Times: times, Compared: o.Role == source.Side}
	out.From.Line, out.From.Column = x.src.PlaceOf(o.From)
	out.To.Line, out.To.Column = x.src.PlaceOf(o.To)
	if runes := []rune(out.Text); len(runes) > maxText {
		out.Text = string(runes[:maxText]) + "…"
	}
	return out
}
