package admin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tableOf is a configuration with rules that take INVITEs, each of its source.
func tableOf(rules ...string) string {
	var text strings.Builder
	text.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: t\nspec:\n  processors:\n")
	for i, rule := range rules {
		fmt.Fprintf(&text, "  - {ref: r%d, addr: \"127.0.0.1:%d\", methods: [INVITE], matchFunc: %q}\n", i, i+1, rule)
	}
	return text.String()
}

// runningSide is a side door to a configuration.
func runningSide(t *testing.T, text string) *side {
	t.Helper()
	cfg := parsed(t, text)
	d := dispatcherOf(t, cfg)
	return newSide(t, func(o *Options) {
		o.Snapshot = func() Snapshot { return Snapshot{Config: cfg, Epoch: 7, Dispatcher: d} }
	})
}

const inviteBob = `{"json":{"method":"INVITE","message":{"requestUri":{"user":"bob","host":"sip.local"}}}}`

func TestADecisiveExplanationTellsOfWhatMatters(t *testing.T) {
	rules := []string{
		`req => req.message.requestUri.host === "sip.loca1"`,
		`req => req.message.requestUri.user === "bob"`, `req => true`,
	}
	for i := range 2000 {
		rules = append(rules, fmt.Sprintf(`req => req.message.requestUri.host === "tenant-%d"`, i))
	}
	text := tableOf(rules...)
	s := runningSide(t, text)
	for name, config := range map[string]string{"running": "", "candidate": text} {
		var x explained
		about := `"message":` + inviteBob + `,"config":` + encode(t, config) + `}`
		body := `{"rules":"decisive","evaluateAll":true,"near":1,` + about
		w := s.do(request("POST", "/api/v1/route/explain", body))
		s.get(request("POST", "/api/v1/route/explain", body), &x)
		if w.Body.Len() > 100_000 || x.Processor != "r1" || *x.SelectedIndex != 1 || x.Total != 2003 ||
			len(x.Rules) != 21 {
			t.Errorf("%s: %d bytes, %+v", name, w.Body.Len(), x)
		}
		if near := x.Rules[0]; near.Ref != "r0" || near.Flips != 1 || len(near.Operands) == 0 {
			t.Errorf("%s: the nearest is %+v", name, near)
		}
		if x.Counts.Matched != 1 || x.Counts.NoMatch != 2003-21-1 || !slices.Equal(x.AlsoMatch, []string{"r2"}) ||
			x.LeftOut != nil {
			t.Errorf("%s: %+v, %v, %+v", name, x.Counts, x.AlsoMatch, x.LeftOut)
		}
		s.get(request("POST", "/api/v1/route/explain", `{"from":2000,"count":10,`+about), &x)
		if len(x.Rules) != 3 || x.Rules[0].Index != 2000 || x.Rules[0].Reached {
			t.Errorf("%s: rows on demand: %+v", name, x.Rules)
		}
	}
}

func TestAViewThatCantBeIsRefused(t *testing.T) {
	s := newSide(t)
	for member, body := range map[string]string{
		"rules": `"rules":"few"`, "near": `"near":101`, "from": `"from":-1`, "count": `"count":0`,
	} {
		body = `{` + body + `,"message":` + inviteBob + `}`
		p := s.refused(request("POST", "/api/v1/route/explain", body), 400, "request-invalid")
		if p.Path != member {
			t.Errorf("%s: %+v", member, p)
		}
	}
	s.refused(request("POST", "/api/v1/route/explain", `{"nears":1,"message":`+inviteBob+`}`), 400, "request-invalid")
}
