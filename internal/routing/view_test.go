package routing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// outcomes writes the rows of an explanation down: index, outcome, and what else is worth a word.
func outcomes(x *Explanation) []string {
	var all []string
	for _, r := range x.Rules {
		text := fmt.Sprintf("%d %s", r.Index, r.Outcome)
		if !r.Reached {
			text += " unreached"
		}
		if r.Flips > 0 {
			text += fmt.Sprintf(" flips %d", r.Flips)
		}
		if len(r.Operands) > 0 {
			text += " operands"
		}
		all = append(all, text)
	}
	return all
}

func TestAViewTellsOfSomeRulesAndCountsTheOthers(t *testing.T) {
	rules := []Rule{
		rule(t, "other method", `req => true`, 3),
		rule(t, "far", `req => req.ref === "q" && req.edgePortRef === "e" && req.message.body === "b"`, 2),
		rule(t, "typo", `req => req.ref === "call-2"`, 2),
		rule(t, "fails", `req => req.message.contact.expires > 0`, 2),
		rule(t, "takes it", `req => req.method === "INVITE"`, 2),
		rule(t, "would", `req => req.message !== null`, 2),
		rule(t, "would not", `req => req.ref === "other"`, 2),
		rule(t, "would fail", `req => req.message.expires.expires > 0`, 2),
	}
	req := request(t, &routrpb.MessageRequest{Ref: "call-1", Method: 2, Message: &routrpb.SIPMessage{}})
	for name, c := range map[string]struct {
		view View
		want []string
		also []string
		rest Counts
	}{
		"decisive": {View{Decisive: true, Near: 1},
			[]string{"2 no-match flips 1 operands", "3 error operands", "4 match operands"}, nil,
			Counts{NoMatch: 1, NotTried: 3, Methods: 1}},
		"decisive, far": {View{Decisive: true, Near: 3}, []string{"1 no-match flips 3 operands",
			"2 no-match flips 1 operands", "3 error operands", "4 match operands"}, nil,
			Counts{NotTried: 3, Methods: 1}},
		"decisive, behind": {View{Decisive: true, Behind: true},
			[]string{"3 error operands", "4 match operands", "7 error unreached operands"}, []string{"would"},
			Counts{Matched: 1, NoMatch: 3, Methods: 1}},
		"some": {View{From: 2, Count: 2}, []string{"2 no-match flips 1 operands", "3 error operands"}, nil,
			Counts{Matched: 1, NoMatch: 1, NotTried: 3, Methods: 1}},
		"some of a decisive one": {View{Decisive: true, From: 6, Count: 9},
			[]string{"6 not-tried unreached", "7 not-tried unreached"}, nil,
			Counts{Matched: 1, NoMatch: 2, Failed: 1, NotTried: 1, Methods: 1}},
		"beyond the end": {View{From: 99, Count: 9}, nil, nil,
			Counts{Matched: 1, NoMatch: 2, Failed: 1, NotTried: 3, Methods: 1}},
		"all, behind": {View{Behind: true}, []string{"0 not-tried", "1 no-match flips 3 operands",
			"2 no-match flips 1 operands", "3 error operands", "4 match operands", "5 match unreached operands",
			"6 no-match unreached flips 1 operands", "7 error unreached operands"},
			[]string{"would"}, Counts{}},
	} {
		t.Run(name, func(t *testing.T) {
			x := New(rules, Options{SkipFailedRules: true}).Look(t.Context(), req, c.view)
			if diff := cmp.Diff(c.want, outcomes(x)); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.also, x.AlsoMatch); diff != "" {
				t.Errorf("also (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.rest, x.Counts); diff != "" || x.Total != len(rules) || x.Selected != 4 {
				t.Errorf("counts (-want +got):\n%s\n%d rules, selected %d", diff, x.Total, x.Selected)
			}
		})
	}
}

// TestTheNearestIsTheOneMostLikeTheMessage finds a mistyped domain among very many that are one condition away, too.
func TestTheNearestIsTheOneMostLikeTheMessage(t *testing.T) {
	table := tenants(t, 500, `req => req.message.from.address.uri.host === "%s"`)
	x := table.Look(t.Context(), request(t, invite("tenant-3O7.example.com")), View{Decisive: true, Near: 1})
	isIt := func(r RuleReport) bool { return r.Ref == "307" && len(r.Operands) > 0 }
	if len(x.Rules) != maxNear || !slices.ContainsFunc(x.Rules, isIt) {
		t.Errorf("%d rules: %v", len(x.Rules), outcomes(x))
	}
}

// TestWhatIsNearIsKnownByEvaluatingIt has rules of which the index knows one condition alone.
func TestWhatIsNearIsKnownByEvaluatingIt(t *testing.T) {
	var rules []Rule
	for i := range 30 {
		source := `req => req.ref === "call-%d" && req.edgePortRef.length > %d && req.message.body.includes("x")`
		rules = append(rules, rule(t, fmt.Sprint("far-", i), fmt.Sprintf(source, i+2, i+1), 2))
	}
	rules = append(rules, rule(t, "near", `req => req.ref === "other" && !req.message.body`, 2))
	req := request(t, &routrpb.MessageRequest{Ref: "call-1", Method: 2, Message: &routrpb.SIPMessage{}})
	x := New(rules, Options{}).Look(t.Context(), req, View{Decisive: true, Near: 1, Bounded: true})
	if len(x.Rules) != 1 || x.Rules[0].Ref != "near" || x.Counts.NoMatch != 30 {
		t.Errorf("%v, and %+v besides", outcomes(x), x.Counts)
	}
}

// TestRulesBehindSayWhatTheySayByThemselves holds evaluating all rules by the index against evaluating each.
func TestRulesBehindSayWhatTheySayByThemselves(t *testing.T) {
	sources := []string{
		`req => req.method === "INVITE"`, `req => req.ref === "a"`, `req => req.ref === "b"`,
		`req => req.message.from.tag === "x"`, `req => req.message.contact.address.uri.user === "u"`,
		`req => [...req.ref].length`, `req => req.message.to?.tag === "x" || req.ref`,
	}
	var rules []Rule
	for i, s := range slices.Concat(sources, sources) {
		rules = append(rules, rule(t, fmt.Sprint(i), s, 2, 3))
	}
	for _, skip := range []bool{false, true} {
		table := New(rules, Options{SkipFailedRules: skip})
		for _, m := range []*routrpb.MessageRequest{
			{Ref: "a", Method: 2, Message: &routrpb.SIPMessage{}},
			{Ref: "b", Method: 3, Message: &routrpb.SIPMessage{From: &routrpb.From{Tag: "x"}}},
			{Method: 3, Message: &routrpb.SIPMessage{
				Contact: &routrpb.Contact{Address: &routrpb.Address{Uri: &routrpb.SipURI{User: "u"}}},
			}},
			{Method: 4, Message: &routrpb.SIPMessage{}},
		} {
			req := request(t, m)
			x := table.Look(t.Context(), req, View{Behind: true})
			for i, r := range x.Rules {
				matched, err := rules[i].Func.Match(req)
				want := NoMatch
				switch {
				case !r.MethodAccepted:
					want = NotTried
				case err != nil:
					want = Failed
				case matched:
					want = Matched
				}
				if r.Outcome != want {
					t.Errorf("skip %t, %v: rule %d is %s by the index, and %s by itself", skip, m, i, r.Outcome, want)
				}
			}
		}
	}
}

// TestABoundedExplanationHasRoomForSoMuch goes past each bound of an explanation, and past what it keeps for the next
// one.
func TestABoundedExplanationHasRoomForSoMuch(t *testing.T) {
	long := strings.Repeat("<\"\n>", 40)
	var rules []Rule
	for i := range 3000 {
		source := fmt.Sprintf(`req => (req.ref === %q && req.method) + %d > 0`, long, i)
		rules = append(rules, rule(t, fmt.Sprintf("rule-%d", i), source, 2))
	}
	for i := range 300 {
		source := fmt.Sprintf(`req => req.message.contact.expires === %q`, long)
		rules = append(rules, rule(t, fmt.Sprintf("fails-%d", i), source, 2))
	}
	for i := range 200 {
		source := fmt.Sprintf(`req => req.method === "INVITE" || %d`, i)
		rules = append(rules, rule(t, fmt.Sprintf("takes-%d", i), source, 2))
	}
	table := New(rules, Options{SkipFailedRules: true})
	req := request(t, &routrpb.MessageRequest{Ref: long, Method: 2, Message: &routrpb.SIPMessage{}})
	for name, c := range map[string]struct {
		view View
		most int
		left LeftOut
	}{
		"decisive": {View{Decisive: true, Near: 9, Behind: true}, 100_000,
			LeftOut{Rules: 260, Operands: 1, AlsoMatch: 99}},
		"all":  {View{Behind: true}, 5 << 20, LeftOut{Operands: 3000, AlsoMatch: 99}},
		"many": {View{Count: 1000}, 5 << 20, LeftOut{Operands: 500}},
	} {
		t.Run(name, func(t *testing.T) {
			c.view.Bounded = true
			x := table.Look(t.Context(), req, c.view)
			text, err := json.Marshal(x.Rules)
			if err != nil {
				t.Fatal(err)
			}
			if c.left.Operands == 1 && x.LeftOut.Operands > 0 {
				x.LeftOut.Operands = 1 // some: how many depends on their texts
			}
			if len(text) > c.most || x.LeftOut != c.left || x.Counts.sum()+len(x.Rules) != len(rules) {
				t.Errorf("%d bytes, left out %+v, counted %+v of %d", len(text), x.LeftOut, x.Counts, len(x.Rules))
			}
		})
	}
	if n := len(table.whys.kept); n > maxExplainers {
		t.Errorf("it keeps the explainers of %d rules", n)
	}
}

func (c Counts) sum() int { return c.Matched + c.NoMatch + c.Failed + c.NotTried + c.Methods }

// TestNothingIsCompiledTwiceForTheSameQuestion looks at what is kept between two questions.
func TestNothingIsCompiledTwiceForTheSameQuestion(t *testing.T) {
	table := tenants(t, 100, `req => req.message.from.address.uri.host === "%s"`)
	req := request(t, invite("tenant-7.example.com"))
	table.Look(t.Context(), req, View{Decisive: true, Near: 1})
	before := fmt.Sprint(table.whys.kept)
	table.Look(t.Context(), req, View{Decisive: true, Near: 1})
	if after := fmt.Sprint(table.whys.kept); after != before || len(table.whys.kept) == 0 {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func BenchmarkLook10000Rules(b *testing.B) {
	const n = 10_000
	for name, v := range map[string]View{
		"decisive":         {Decisive: true, Near: 3, Bounded: true},
		"decisive, behind": {Decisive: true, Near: 3, Behind: true, Bounded: true},
		"all":              {Bounded: true},
	} {
		b.Run(name, func(b *testing.B) {
			table := tenants(b, n, `req => req.message.from.address.uri.host === "%s"`)
			req := request(b, invite(fmt.Sprintf("tenant-%d.example.com", n-1)))
			bytes := 0
			b.ReportAllocs()
			for b.Loop() {
				x := table.Look(b.Context(), req, v)
				if x.Selected != n-1 {
					b.Fatal(x.Selected, x.Err)
				}
				text, err := json.Marshal(x.Rules)
				if err != nil {
					b.Fatal(err)
				}
				bytes = len(text)
			}
			b.ReportMetric(float64(bytes), "bytes")
		})
	}
}

// TestARuleIsNearThatOnlyLacksTheMethod has "add the method" among what may be missing, where nobody takes a message.
func TestARuleIsNearThatOnlyLacksTheMethod(t *testing.T) {
	rules := []Rule{
		rule(t, "method", `req => req.ref === "call-1" && req.edgePortRef !== "e"`, 3, 4),
		rule(t, "method and ref", `req => req.ref === "call-2"`, 3),
		rule(t, "method and what isn't indexed", `req => !req.ref.startsWith("c")`, 3),
		rule(t, "would throw", `req => req.message.contact.expires > 0`, 3),
		rule(t, "ref", `req => req.ref === "other"`, 2),
	}
	req := request(t, &routrpb.MessageRequest{Ref: "call-1", Method: 2, Message: &routrpb.SIPMessage{}})
	x := New(rules, Options{}).Look(t.Context(), req, View{Decisive: true, Near: 1, Bounded: true})
	want := []string{"0 not-tried flips 1 operands", "4 no-match flips 1 operands"}
	if diff := cmp.Diff(want, outcomes(x)); diff != "" || x.Counts.Methods != 3 {
		t.Errorf("%s, %+v", diff, x.Counts)
	}
	const because = "The method is INVITE; the rule's methods are MESSAGE, PUBLISH. " +
		"Apart from that, it would take the message"
	if got := x.Rules[0]; got.Because != because || got.MethodAccepted || got.Value != "" {
		t.Errorf("%+v", got)
	}
	x = New(rules, Options{}).Look(t.Context(), req, View{Decisive: true, Near: 2})
	want = []string{"0 not-tried flips 1 operands", "1 not-tried flips 2 operands", "2 not-tried flips 2 operands",
		"4 no-match flips 1 operands"}
	if diff := cmp.Diff(want, outcomes(x)); diff != "" {
		t.Error(diff)
	}
	x = New(append(rules, rule(t, "takes it", `req => true`, 2)), Options{}).Look(t.Context(), req,
		View{Decisive: true, Near: 1})
	want = []string{"4 no-match flips 1 operands", "5 match operands"}
	if diff := cmp.Diff(want, outcomes(x)); diff != "" || x.Counts.Methods != 4 {
		t.Errorf("where a rule takes it: %s, %+v", diff, x.Counts)
	}
}
