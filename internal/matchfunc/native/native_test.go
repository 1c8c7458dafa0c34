package native

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/work"
)

func TestRulesOutsideOfTheSubsetSayWhere(t *testing.T) {
	tests := []struct {
		name, rule string
		want       Outside
	}{
		{"a write", `req => { req.ref = "x"; return true }`, Outside{1, 10, "assignments"}},
		{"a loop", "req => {\n  for (const v of req.message.via) return true\n}", Outside{2, 3, "this statement"}},
		{"a method of the engine's", `req => req.ref.normalize() === "x"`,
			Outside{1, 8, "the method normalize of this value"}},
		{"a global object", `req => JSON.stringify(req)`, Outside{1, 8, "JSON.stringify"}},
		{"an inherited name", `req => req.metadata.constructor`,
			Outside{1, 8, "reading constructor, which objects or strings inherit"}},
		{"an inherited name in brackets", `req => req["__proto__"]`,
			Outside{1, 8, "reading __proto__, which objects or strings inherit"}},
		{"a method that isn't called", `req => req.ref.trim`,
			Outside{1, 8, "reading trim, which objects or strings inherit"}},
		{"recursion", `req => { const f = x => f(x); return f(1) }`, Outside{1, 25, "recursion"}},
		{"a variable before its declaration", `req => { return x; const x = 1 }`,
			Outside{1, 17, "a variable that is used before its declaration"}},
		{"a later variable in a branch", `req => { if (req.ref) { return x } const x = 1; return x }`,
			Outside{1, 32, "a variable that is used before its declaration"}},
		{"an object made into a string", `req => "" + req`, Outside{1, 8, "adding objects"}},
		{"a regular expression with a state", `req => { const re = /a/g; return re.test(req.ref) }`,
			Outside{1, 21, "a variable with a regular expression that remembers where it was"}},
		{"this", `function (req) { return this }`, Outside{1, 25, "this"}},
		{"arguments", `function (req) { return arguments[0] }`, Outside{1, 25, "the name arguments"}},
		{"not a function", `1`, Outside{1, 1, "the rule isn't a function written in place"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, err := source.Parse(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			_, got := Compile(src)
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

func TestExceptionsReadAsV8s(t *testing.T) {
	tests := []struct{ name, rule, want string }{
		{"null", `req => req.message.authorization.username`,
			"TypeError: Cannot read properties of null (reading 'username')"},
		{"undefined", "req =>\n  req.message.via[7].host",
			"TypeError: Cannot read properties of undefined (reading 'host')"},
		{"the first of a path", `req => req.message.contact.address.uri.user && req.message.expires.expires`,
			"TypeError: Cannot read properties of null (reading 'expires')"},
		{"the left side of a comparison first", `req => req.message.route[9].address === req.message.from.address`,
			"TypeError: Cannot read properties of undefined (reading 'address')"},
		{"no such name", `req => typeof addr !== "x" && addr.includes(":")`, "ReferenceError: addr is not defined"},
		{"the rule's own", `req => { throw new RangeError("too far") }`, "RangeError: too far"},
		{"an argument before the call", `req => req.metadata.tenant.includes((typeof nosuch, nosuch))`,
			"TypeError: Cannot read properties of undefined (reading 'includes')"},
		{"a number instead of an enum's name", `req => req.sender.transport.toLowerCase()`,
			"TypeError: toLowerCase is not a function"},
	}
	_, m := invite(t)
	m.Sender.Transport = 77
	m.Message.From = nil
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, err := source.Parse(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			p, outside := Compile(src)
			if outside != nil {
				t.Fatal(outside)
			}
			matched, err := p.Match(parse(t, wire), nil)
			if matched || err == nil || err.Error() != tt.want {
				t.Errorf("%s: %t, %v; want %s", tt.rule, matched, err, tt.want)
			}
			var thrown *Thrown
			if errors.As(err, &thrown) && strings.Count(tt.rule[thrown.From:], "\n") != 0 {
				t.Errorf("%s: thrown at %d", tt.rule, thrown.From)
			}
		})
	}
}

// crowded is a message with so many extensions that going through them for each of them takes too long.
func crowded(t *testing.T) []byte {
	t.Helper()
	m := &routrpb.MessageRequest{Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{}},
		Body:        strings.Repeat("a.", 1<<19),
	}}
	for range 2_500 {
		m.Message.Extensions = append(m.Message.Extensions, &routrpb.Extension{Name: "a", Value: "b"})
	}
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func TestHostileRulesAreStopped(t *testing.T) {
	wire := crowded(t)
	tests := []struct {
		name, rule string
		want       error
	}{
		{"quadratic", `req => req.message.extensions.find(a => req.message.extensions.find(b => a.value !== b.value))`,
			errSteps},
		{"quadratic by index", `req => req.message.extensions.some((e, i) => req.message.extensions[i].value !== "b")`,
			errSteps},
		{"quadratic search", `req => req.message.extensions.every(e => !req.message.body.includes("b"))`, errSteps},
		{"backtracking", `req => /(a|a.|.)*x/.test(req.message.body)`, errSteps},
		{"doubling", `req => { const d = s => s + s, e = s => d(d(d(d(d(d(s)))))); return e(req.message.body) }`,
			errMemory},
		{"pieces", `req => req.message.extensions.map(e => req.message.body.split("."))`, errMemory},
		{"padding", `req => req.ref.padEnd(1e9)`, errMemory},
		{
			"caught", `req => { try { return ` +
				`req.message.extensions.find(a => req.message.extensions.find(b => b.x)) } catch { return true } }`,
			errSteps,
		},
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == error(errSteps) {
				b := work.New(gone, time.Hour)
				if _, err := mustCompile(t, tt.rule).Match(parse(t, wire), &b); !errors.Is(err, work.ErrGone) {
					t.Errorf("for a caller that left: %v", err)
				}
				if used := time.Hour - b.Left(); used > 3*stepsPerLook {
					t.Errorf("for a caller that left it took %d steps", used)
				}
				short := work.New(t.Context(), maxSteps/4)
				if _, err := mustCompile(t, tt.rule).Match(parse(t, wire), &short); !errors.Is(err, errTogether) ||
					!short.Spent() {
					t.Errorf("with little left for all rules: %v, %v left", err, short.Left())
				}
			}
			matched, err := mustCompile(t, tt.rule).Match(parse(t, wire), nil)
			if matched || !errors.Is(err, tt.want) {
				t.Errorf("%s: %t, %v; want %v", tt.rule, matched, err, tt.want)
			}
		})
	}
}

func TestCallsThatExpandWithoutEndAreOutside(t *testing.T) {
	var rule bytes.Buffer
	rule.WriteString("req => { const f0 = x => x + x; ")
	for i := range 20 {
		rule.WriteString(strings.ReplaceAll("const fB = x => fA(x) + fA(x); ", "A", string(rune('a'+i))))
	}
	text := strings.ReplaceAll(rule.String(), "f0", "fa")
	for i := range 20 {
		text = strings.Replace(text, "fB", "f"+string(rune('b'+i)), 1)
	}
	src, err := source.Parse(text + "return fu(1) }")
	if err != nil {
		t.Fatal(err)
	}
	if _, outside := Compile(src); outside == nil {
		t.Error("a rule of a million calls was compiled")
	}
}

func TestAProgramMayBeUsedByManyAtOnce(t *testing.T) {
	p := mustCompile(t,
		`req => req.message.extensions.map(e => e.name.toLowerCase() + "!").join().includes("user-agent!")`)
	wire, _ := invite(t)
	other, err := proto.Marshal(&routrpb.MessageRequest{Message: &routrpb.SIPMessage{}})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				w, want := wire, true
				if i%2 == 0 {
					w, want = other, false
				}
				if got, err := p.Match(parse(t, w), nil); got != want || err != nil {
					t.Errorf("%t (%v), want %t", got, err, want)
				}
			}
		})
	}
	all.Wait()
}
