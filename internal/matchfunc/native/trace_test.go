package native

import (
	"fmt"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/test/rulegen"
)

// sameTraced compares a rule's answers with and without notes; it returns whether the rule is native and traced.
func sameTraced(t testing.TB, rule string, requests []*message.Request) (native, traced bool) {
	t.Helper()
	src, err := source.Parse(rule)
	if err != nil {
		return false, false
	}
	p, outside := Compile(src)
	if outside != nil {
		return false, false
	}
	tr, ok := Trace(src, src.Operands())
	if !ok {
		t.Logf("can't be traced: %s", rule)
		return true, false
	}
	for _, r := range requests {
		matched, err := p.Match(r, nil)
		got := tr.Match(r, nil, 1024, 200)
		if got.Matched != matched || fmt.Sprint(got.Err) != fmt.Sprint(err) {
			t.Errorf("%s\non %s\nuntraced %t %v, traced %t %v", rule, r.AppendJSON(nil), matched, err, got.Matched,
				got.Err)
		}
		for i, n := range got.Notes {
			if n.Times == 0 && n.Value != "" || len(n.Value) > 203 {
				t.Errorf("%s\noperand %d: %+v", rule, i, n)
			}
		}
	}
	return true, true
}

func TestTracedRulesAnswerAsTheUntraced(t *testing.T) {
	var requests []*message.Request
	for _, m := range samples(t) {
		requests = append(requests, parse(t, m.wire))
	}
	native, traced := 0, 0
	count := func(rule string, requests []*message.Request) {
		n, tr := sameTraced(t, rule, requests)
		native, traced = native+b2i(n), traced+b2i(tr)
	}
	for _, rule := range rules(t) {
		count(rule.Source, requests)
	}
	for g, n := rulegen.New(7), 0; n < 10**generated; n++ {
		count(g.Rule(), requests[:12])
	}
	t.Logf("%d native rules, %d traced", native, traced)
	if native-traced > native/100 {
		t.Errorf("%d of %d native rules can't be traced", native-traced, native)
	}
}
