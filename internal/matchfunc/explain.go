package matchfunc

import (
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/script"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/why"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Explanation is what a rule said to one message, and why.
type Explanation struct {
	Matched bool
	// what the rule returned, as JSON cut at 1 kB, or a few words where it has none; empty where it failed
	Value    string
	Err      *EvalError
	Operands []Operand
	Because  string // one sentence; empty where nothing is known
	Flips    int    // how many parts would have to say otherwise for a match; 0 where it matched, or that isn't known
	// Reads are the places in the request that the outcome, and what was thrown, may be derived from: see Operand.
	Reads []string
}

// Operand is one part of a rule's tree of &&, ||, !, ?? , ?: and comparisons, in the order of the source, an outer one
// before those within it.
type Operand struct {
	From      Place  `json:"from"`
	To        Place  `json:"to"`             // behind the last character
	Parent    int    `json:"parent"`         // the index of the operand that it is a part of; -1 for none
	Op        string `json:"op"`             // its operator, or call, path, name, literal, value, template
	Path      string `json:"path,omitempty"` // the place in the request that it reads, and does nothing else
	Text      string `json:"text"`           // of the source, cut at 200 characters
	Evaluated bool   `json:"evaluated"`
	Truthy    bool   `json:"truthy"`              // of the last value, where it was evaluated
	Value     string `json:"value,omitempty"`     // the last one as JSON, or a word, cut at 200 bytes
	Times     int    `json:"times"`               // how often it was evaluated, such as by a callback
	Decisive  bool   `json:"decisive,omitempty"`  // it made the outcome
	Threw     bool   `json:"threw,omitempty"`     // the last time
	Truncated bool   `json:"truncated,omitempty"` // Text or Value was cut
	// Reads are the places in the request that its value was derived from, callbacks and variables included, such as
	// message.via[0].host; message.extensions[].value is that of any element, message.via.length how many there are,
	// and "" the request as a whole. There may be more than necessary, and never fewer.
	Reads    []string `json:"reads,omitempty"`
	Masked   bool     `json:"masked,omitempty"` // Value is hidden: it derives from a secret; whoever shows it says so
	Compared bool     `json:"-"`                // a side of a comparison, or what ?: asks
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
	fn       *Func
	native   *native.Traced // nil where the rule isn't native, or can't be traced
	script   *script.Traced // the same for a rule in the engine
	why      *why.Rule      // nil where neither is
	operands []Operand      // what is known of them beforehand
	reads    []string
}

// Explainer compiles the rule once more, to be traced. Nothing of it is kept in the Func, which a configuration may
// have ten thousands of.
func (f *Func) Explainer() *Explainer {
	x := &Explainer{fn: f}
	src, err := source.Parse(f.text)
	if err != nil {
		return x // it parsed when it was compiled
	}
	operands := src.Operands()
	origins := src.Origins(operands)
	x.reads = origins.Reads
	if f.native != nil {
		x.native, _ = native.Trace(src, operands)
	} else {
		x.inEngine(&operands)
	}
	if x.native == nil && x.script == nil {
		return x
	}
	x.why = why.New(src, origins, operands)
	for _, o := range operands {
		x.operands = append(x.operands, operand(src, o))
	}
	return x
}

// inEngine prepares the rule for the engine, which rewrites the syntax tree of another Source, and leaves those of its
// operands that can be traced.
func (x *Explainer) inEngine(operands *[]source.Operand) {
	src, err := source.Parse(x.fn.text)
	if err != nil {
		return
	}
	traced, err := script.Trace(src, script.Options{Timeout: x.fn.timeout})
	if err == nil {
		x.script, *operands = traced, source.Only(*operands, traced.Kept())
	}
}

func operand(src *source.Source, o source.Operand) Operand {
	out := Operand{
		From: placeOf(src.Text, o.From), To: placeOf(src.Text, o.To), Parent: o.Parent, Op: o.Op,
		Path: o.Path, Reads: o.Reads, Text: src.Text[o.From:o.To], Compared: o.Role == source.Side,
	}
	if runes := []rune(out.Text); len(runes) > maxText {
		out.Text, out.Truncated = string(runes[:maxText])+"…", true
	}
	return out
}

// Reads returns the places in the request that the rule's outcome may be derived from: see Operand.
func (x *Explainer) Reads() []string { return x.reads }

// Explain evaluates the rule as Match does, and writes down what its operands gave.
func (x *Explainer) Explain(req *message.Request) Explanation { return x.ExplainWithin(nil, req) }

// ExplainWithin is Explain within what the rules of a message may do together.
func (x *Explainer) ExplainWithin(b *Budget, req *message.Request) (out Explanation) {
	out.Reads = x.reads
	switch {
	case x.native != nil:
		a := x.native.Match(req, b, maxValue, maxOperand)
		out.Matched, out.Value, out.Err = a.Matched, a.Value, x.fn.failure(a.Err)
		x.explain(&out, req, a.Notes)
	case x.fn.native != nil:
		matched, err := x.fn.native.Match(req, b)
		out.Matched, out.Err = matched, x.fn.failure(err)
	default:
		x.explainEngine(&out, b, req)
	}
	return out
}

// explainEngine evaluates the rule twice, as it is and with notes: the places of errors are exact in the first only. A
// rule that answers otherwise the second time, as one may that asks for the time, explains nothing.
func (x *Explainer) explainEngine(out *Explanation, b *Budget, req *message.Request) {
	result, err := x.fn.script.Eval(req, b)
	if err != nil {
		out.Err = x.fn.failure(err)
	} else {
		out.Matched, out.Value = result.Truthy, result.JSON()
	}
	if x.script == nil {
		return
	}
	again, notes, err := x.script.Eval(req, b)
	if again.Truthy != out.Matched || (err != nil) != (out.Err != nil) {
		return
	}
	gave := make([]native.Note, len(notes))
	for i, n := range notes {
		gave[i] = native.Note{Times: n.Times, Threw: n.Times > 0 && n.Value == "", Truthy: n.Truthy, Value: n.Value}
	}
	x.explain(out, req, gave)
}

// explain adds what the operands gave, and what that means.
func (x *Explainer) explain(out *Explanation, req *message.Request, notes []native.Note) {
	said := why.Said{Matched: out.Matched, Notes: notes, Read: func(path string) (string, bool) {
		return native.Read(req, path, maxOperand)
	}}
	if out.Err != nil {
		said.Failed, said.Threw, said.Message = true, out.Err.Name, out.Err.Message
	}
	reason := x.why.Why(&said)
	out.Because, out.Flips = reason.Because, reason.Flips
	out.Operands = slices.Clone(x.operands)
	for i, n := range notes {
		o := &out.Operands[i]
		o.Evaluated, o.Times, o.Threw, o.Decisive = n.Times > 0, n.Times, n.Threw, reason.Decisive[i]
		o.Truthy, o.Value = n.Truthy, n.Value
		o.Truncated = o.Truncated || strings.HasSuffix(n.Value, "…") // JSON never ends so
	}
	if i := reason.Threw; i >= 0 && out.Err != nil && out.Err.Name == limitExceeded {
		out.Err.Place, out.Err.To = out.Operands[i].From, out.Operands[i].To
	}
}
