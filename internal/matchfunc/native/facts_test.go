package native

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/test/rulegen"
)

// describe writes a condition as text, such as "message.method in [BYE]; touches message".
func describe(c Condition) string {
	path := func(p message.Place) string {
		var names []string
		for ; p != message.Root; p = p.Parent() {
			names = append([]string{p.Field().Name}, names...)
		}
		return strings.Join(names, ".")
	}
	out := strings.TrimPrefix(path(c.Place)+"."+c.Field.Name, ".") + fmt.Sprintf(" in %v", c.Values)
	for _, p := range c.Touches {
		out += "; touches " + path(p)
	}
	return out
}

func TestConditionsAreDerived(t *testing.T) {
	from := "; touches message; touches message.from"
	user := from + "; touches message.from.address; touches message.from.address.uri"
	tests := []struct {
		name, rule string
		want       []string
	}{
		{"equality", `req => req.method === "BYE"`, []string{"method in [BYE]"}},
		{"equality the other way round", `req => "BYE" === req.method`, []string{"method in [BYE]"}},
		{"loose equality", `req => req.method == "BYE"`, []string{"method in [BYE]"}},
		{"loose equality with what a number may be equal to", `req => req.method == "99"`, nil},
		{"inequality, negated", `req => !(req.ref !== "a")`, []string{"ref in [a]"}},
		{"inequality", `req => req.ref !== "a"`, nil},
		{"a path", `req => req.message.from.address.uri.user === "alice"`,
			[]string{"message.from.address.uri.user in [alice]" + user}},
		{"a path with ?.", `req => req.message?.from?.tag === "x"`, []string{"message.from.tag in [x]"}},
		{"a path with ?. once", `req => req.message?.from.tag === "x"`,
			[]string{"message.from.tag in [x]; touches message.from"}},
		{"and", `req => req.ref === "a" && req.message.from.tag === "x"`,
			[]string{"ref in [a]", "message.from.tag in [x]" + from}},
		{"and behind a path", `req => req.message.from.tag === "x" && req.ref === "a"`,
			[]string{"message.from.tag in [x]" + from, "ref in [a]" + from}},
		{"and behind what may throw", `req => req.message.extensions.find(e => e.name).value && req.ref === "a"`, nil},
		{"and before what may throw", `req => req.ref === "a" && req.message.extensions.find(e => e.name).value`,
			[]string{"ref in [a]"}},
		{"and behind a loop", `req => req.message.extensions.some(e => e.name) && req.ref === "a"`,
			[]string{"ref in [a]; touches message"}},
		{"or of the same", `req => req.method === "BYE" || req.method === "ACK"`, []string{"method in [ACK BYE]"}},
		{"or of different ones", `req => req.method === "BYE" || req.ref === "a"`, nil},
		{"or of conjunctions",
			`req => req.method === "BYE" && req.ref === "a" || req.method === "ACK" && req.ref === "b"`,
			[]string{"method in [ACK BYE]", "ref in [a b]"}},
		{"or with a constant", `req => req.method === "BYE" || false`, []string{"method in [BYE]"}},
		{"or with true", `req => req.method === "BYE" || true`, nil},
		{"includes", `req => ["BYE", "ACK"].includes(req.method)`, []string{"method in [BYE ACK]"}},
		{"indexOf", `req => ["BYE", "ACK"].indexOf(req.method) !== -1`, []string{"method in [BYE ACK]"}},
		{"choice", `req => req.method === "BYE" ? req.ref === "a" : false`, []string{"method in [BYE]", "ref in [a]"}},
		{"choice of the same", `req => req.message ? req.ref === "a" : req.ref === "b"`, []string{"ref in [a b]"}},
		{"early return", `req => { if (req.method !== "BYE") return false; return req.message.body }`,
			[]string{"method in [BYE]"}},
		{"switch", `req => { switch (req.method) { case "BYE": case "ACK": return true; default: return false } }`,
			[]string{"method in [ACK BYE]"}},
		{"destructured", `({ method, message: { from: { tag } } }) => method === "BYE" && tag === "x"`,
			[]string{"method in [BYE]" + from, "message.from.tag in [x]" + from}},
		{"a variable", `req => { const m = req.method; return m === "BYE" }`, []string{"method in [BYE]"}},
		{"a helper", `req => { const is = m => req.method === m; return is("BYE") || is("ACK") }`,
			[]string{"method in [ACK BYE]"}},
		{"known to be there", `req => req.message && req.message.from.tag === "x"`,
			[]string{"message.from.tag in [x]; touches message.from"}},
		{"a response's status", `req => req.message?.responseType === "OK"`, []string{"message.responseType in [OK]"}},
		{"U+FFFD, which other bytes stand for", `req => req.ref === "\uFFFD"`, nil},
		{"caught", `req => { try { return req.message.from.tag === "x" } catch (e) { return false } }`,
			[]string{"message.from.tag in [x]"}},
		{"caught, and then true", `req => { try { return req.message.from.tag === "x" } catch { return true } }`, nil},
		{"a field of an entry", `req => req.message.via[0].host === "x"`, nil},
		{"a number", `req => req.sender.port === 5060`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range mustCompile(t, tt.rule).Necessary() {
				got = append(got, describe(c))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("conditions of %s (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

// violated reports whether a message is one for which the condition promises that the rule doesn't match.
func violated(r *message.Request, c Condition) bool {
	for _, p := range c.Touches {
		if !r.Present(p) {
			return false
		}
	}
	if !r.Present(c.Place) || c.Field.Oneof && !r.Has(c.Place, c.Field) {
		return true
	}
	got := string(r.Str(c.Place, c.Field))
	if c.Field.Kind == message.Enum {
		got, _ = c.Field.EnumName(r.Int(c.Place, c.Field))
	}
	return !slices.Contains(c.Values, got)
}

func TestNoRuleMatchesOrThrowsAgainstItsConditions(t *testing.T) {
	var requests []*message.Request
	for _, m := range samples(t) {
		requests = append(requests, parse(t, m.wire))
	}
	checked, with := 0, 0
	try := func(rule string) {
		src, err := source.Parse(rule)
		if err != nil {
			return
		}
		p, outside := Compile(src)
		if outside != nil || len(p.Necessary()) == 0 {
			return
		}
		with++
		for _, c := range p.Necessary() {
			for _, r := range requests {
				if !violated(r, c) {
					continue
				}
				checked++
				if matched, err := p.Match(r, nil); matched || err != nil {
					t.Fatalf("%s\nis %t (%v) on %s\nagainst %s", rule, matched, err, r.AppendJSON(nil), describe(c))
				}
			}
		}
	}
	for _, r := range rules(t) {
		try(r.Source)
	}
	g := rulegen.New(7)
	for range *generated {
		try(g.Rule())
	}
	for range 4 * *generated {
		try(g.Routing())
	}
	if with < 100 || checked < 1000 {
		t.Errorf("%d rules with conditions, %d evaluations against them: too few to tell", with, checked)
	}
	t.Logf("%d rules with conditions, %d evaluations against them", with, checked)
}
