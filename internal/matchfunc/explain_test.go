package matchfunc

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/script"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

func TestExplainSaysWhatMatchSays(t *testing.T) {
	requests := messages(t)
	for _, r := range lines[rule](t, "script/testdata/rules.jsonl") {
		fn, err := Compile(r.Source, Options{Timeout: patience})
		if err != nil {
			continue
		}
		why := fn.Explainer()
		for i, req := range requests {
			if i%8 != 0 {
				continue
			}
			matched, err := fn.Match(req)
			x := why.Explain(req)
			same := x.Matched == matched && fmt.Sprint(x.Err) == fmt.Sprint(evalErrorOf(err))
			if !same || (x.Value == "") != (err != nil) {
				t.Errorf("%s %s\nMatch: %t %v\nExplain: %t %v %q", r.ID, r.Source, matched, err, x.Matched, x.Err,
					x.Value)
			}
			if len(x.Operands) == 0 && strings.Contains(r.Source, "===") {
				t.Errorf("%s has no operands: %s", r.ID, r.Source)
			}
		}
	}
}

// evalErrorOf returns what Match says as Explain does: nil for nil.
func evalErrorOf(err error) (e *EvalError) {
	errors.As(err, &e)
	return e
}

// explained writes an explanation down, an operand a line.
func explained(x Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%t %s %v\n", x.Matched, x.Value, x.Err)
	for _, o := range x.Operands {
		b.WriteString(o.Text + " | ")
		if !o.Evaluated {
			b.WriteString("not evaluated\n")
			continue
		}
		fmt.Fprintf(&b, "%d times, %t: %s\n", o.Times, o.Truthy, o.Value)
	}
	return b.String()
}

func TestOperandsSayWhy(t *testing.T) {
	ext := func(name, value string) *routrpb.Extension { return &routrpb.Extension{Name: name, Value: value} }
	wire, err := proto.Marshal(&routrpb.MessageRequest{
		Ref: "r1", Method: routrpb.Method_INVITE,
		Message: &routrpb.SIPMessage{
			From: &routrpb.From{Address: &routrpb.Address{Uri: &routrpb.SipURI{User: "alice",
				Host: "sip.local"}}},
			Extensions: []*routrpb.Extension{ext("Allow", "ACK"), ext("User-Agent", "Zoiper <5>")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ rule, want string }{
		"and": {`req => req.method === "INVITE" && req.message.from.address.uri.user === "bob" && req.ref`, `false false <nil>
req.method === "INVITE" && req.message.from.address.uri.user === "bob" && req.ref | 1 times, false: false
req.method === "INVITE" && req.message.from.address.uri.user === "bob" | 1 times, false: false
req.method === "INVITE" | 1 times, true: true
req.method | 1 times, true: "INVITE"
req.message.from.address.uri.user === "bob" | 1 times, false: false
req.message.from.address.uri.user | 1 times, true: "alice"
req.ref | not evaluated
`},
		"callback": {`req => req.message.extensions.find(e => e.name === "User-Agent" && e.value.includes("X"))`, `false undefined <nil>
req.message.extensions.find(e => e.name === "User-Agent" && e.value.includes("X")) | 1 times, false: undefined
e.name === "User-Agent" && e.value.includes("X") | 2 times, false: false
e.name === "User-Agent" | 2 times, true: true
e.name | 2 times, true: "User-Agent"
e.value.includes("X") | 1 times, false: false
`},
		"parentheses, constants and lines": {"req => {\n  const tenant = \"a\"\n  if (!(req.ref || tenant) || tenant !== req.ref) return (req.ref)\n  return true\n}", `true "r1" <nil>
!(req.ref || tenant) || tenant !== req.ref | 1 times, true: true
!(req.ref || tenant) | 1 times, false: false
req.ref || tenant | 1 times, true: "r1"
req.ref | 1 times, true: "r1"
tenant | not evaluated
tenant !== req.ref | 1 times, true: true
tenant | 1 times, true: "a"
req.ref | 1 times, true: "r1"
req.ref | 1 times, true: "r1"
true | not evaluated
`},
		"what throws": {`req => req.ref && req.message.contact.expires > 0 || true`, `false  TypeError: Cannot read properties of null (reading 'expires') (line 1, column 19)
req.ref && req.message.contact.expires > 0 || true | 1 times, false: 
req.ref && req.message.contact.expires > 0 | 1 times, false: 
req.ref | 1 times, true: "r1"
req.message.contact.expires > 0 | 1 times, false: 
req.message.contact.expires | 1 times, false: 
`},
	} {
		for _, engine := range []string{"native", "goja"} {
			text := c.rule
			fn, err := Compile(text, Options{Timeout: patience})
			if err != nil {
				t.Fatal(err)
			}
			if ok, _, _ := fn.Native(); !ok {
				t.Fatalf("%s runs in the engine", text)
			}
			if engine == "goja" {
				fn = inEngine(t, text)
			}
			x := fn.Explain(req)
			for _, o := range x.Operands {
				if between := between(text, o.From, o.To); between != o.Text {
					t.Errorf("%s in %s: %v to %v is %q, and the text %q", name, engine, o.From, o.To, between, o.Text)
				}
			}
			got := explained(x)
			if x.Err != nil && engine == "goja" { // whose wording package script doesn't promise
				_, got, _ = strings.Cut(got, "\n")
				_, c.want, _ = strings.Cut(c.want, "\n")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s\n%s", name, engine, diff, got)
			}
		}
	}
}

// inEngine compiles a native rule for the JavaScript engine.
func inEngine(t *testing.T, text string) *Func {
	t.Helper()
	src, err := source.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	program, err := script.Compile(src, script.Options{Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	return &Func{script: program, remarks: noRemarks, text: text, timeout: patience}
}

// between cuts a text of ASCII out of its lines.
func between(text string, from, to Place) string {
	offset := func(p Place) int {
		before := strings.SplitAfterN(text, "\n", p.Line)
		return len(text) - len(before[len(before)-1]) + p.Column - 1
	}
	return text[offset(from):offset(to)]
}
