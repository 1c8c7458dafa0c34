package matchfunc

import (
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
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
// do so, which takes far longer than a Match.
func (f *Func) Explain(req *message.Request) Explanation {
	src, err := source.Parse(f.text)
	if err != nil {
		return Explanation{Err: evalError(err)} // it parsed when it was compiled
	}
	if f.native == nil {
		return f.explainInEngine(src, req)
	}
	traced, ok := native.Trace(src)
	if !ok {
		matched, err := f.native.Match(req)
		return Explanation{Matched: matched, Err: evalError(err)}
	}
	a := traced.Match(req, maxValue, maxOperand)
	x := Explanation{Matched: a.Matched, Value: a.Value, Err: evalError(a.Err)}
	for i, o := range traced.Operands() {
		x.Operands = append(x.Operands, operand(src, o, a.Notes[i].Times, a.Notes[i].Truthy, a.Notes[i].Value))
	}
	return x
}

func (f *Func) explainInEngine(src *source.Source, req *message.Request) Explanation {
	result, err := f.script.Eval(req)
	if err != nil {
		return Explanation{Err: evalError(err)}
	}
	return Explanation{Matched: result.Truthy, Value: result.JSON()}
}

func operand(src *source.Source, o source.Operand, times int, truthy bool, value string) Operand {
	out := Operand{Text: src.Text[o.From:o.To], Evaluated: times > 0, Truthy: truthy, Value: value, Times: times, Compared: o.Role == source.Side}
	out.From.Line, out.From.Column = src.PlaceOf(o.From)
	out.To.Line, out.To.Column = src.PlaceOf(o.To)
	if runes := []rune(out.Text); len(runes) > maxText {
		out.Text = string(runes[:maxText]) + "…"
	}
	return out
}
