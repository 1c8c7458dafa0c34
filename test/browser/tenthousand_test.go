package browser

import (
	"fmt"
	"strings"
	"testing"
)

// tenThousand is a table of ten thousand rules, of which each takes the calls of one tenant.
func tenThousand() string {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: big\n" +
		"spec:\n  bindAddr: 127.0.0.1:0\n  processors:\n")
	for n := range 10_000 {
		fmt.Fprintf(&b, "    - ref: tenant-%05d\n      addr: 127.0.0.1:1\n      methods: [INVITE]\n"+
			"      matchFunc: req => req.message.from.address.uri.host === 't%d.example.net'\n", n, n)
	}
	return b.String()
}

// TestTenThousandRules looks at Routes from its first row to its last one, filters and sorts it, edits a rule in the
// Playground and a key of the configuration: no list has more than 60 rows in the page, no answer takes more than
// 100 kB, and rules stand where they stand in the file.
//
// Mutations that this catches: # counts the rows of a filter; the samples come as one answer; a list that makes all
// its rows.
func TestTenThousandRules(t *testing.T) {
	d := serve(t, tenThousand())
	d.post(t, door, callOf(t, 4242), nil)
	p := open(t, d.url("/routes"), 1280, 900)
	p.shows("10\u202f000 rules", "tenant-00003")
	p.few("Routes")
	p.find("grid", "Rules").focus()
	p.press("End")
	p.until("the last rule", func() bool { return strings.Contains(p.lastRow(), "10\u202f000\ntenant-09999") })
	p.few("the end of Routes")
	p.press("Home")
	p.until("the first rule", func() bool { return strings.HasPrefix(p.firstRow(), "1\ntenant-00000") })

	p.find("textbox", "Filter rules").enter("t4242.example")
	p.until("the one rule at its true position", func() bool {
		return strings.HasPrefix(p.firstRow(), "4\u202f243\ntenant-04242") && len(p.rowTexts()) == 1
	})
	p.few("a filter")
	p.find("textbox", "Filter rules").enter("")
	p.find("button", "hits").click()
	p.until("the rule that took a message at its true position", func() bool {
		return strings.HasPrefix(p.firstRow(), "4\u202f243\ntenant-04242")
	})

	p.goTo("/play?rule=tenant-04242&sample=invite-emergency")
	p.shows("NO MATCH")
	p.rule(`req => req.message.requestUri?.user === "911"`)
	p.shows("● MATCH", "With the edited rule it goes to tenant-04242; as it runs, to nobody",
		"4\u202f243\t\ntenant-04242")
	p.few("the Playground")
	if n := eval[int](p, `document.querySelectorAll("main tr").length`); n > 60 {
		t.Errorf("the Playground has %d rows", n)
	}
	p.clean()
}

// TestNoScreenAsksForAllRulesAtOnce opens every screen over ten thousand rules, of which some hundred warn: no answer
// takes more than 100 kB but the configuration's text, which the editor has whole.
//
// Mutations that this catches: the configuration without a limit for its warnings; all backends for the state of one.
func TestNoScreenAsksForAllRulesAtOnce(t *testing.T) {
	config := strings.ReplaceAll(tenThousand(), "77.example.net'", "77.example.net' || req.message.nowhere === 1")
	d := serve(t, config)
	d.post(t, door, callOf(t, 4242), nil)
	p := open(t, d.url("/"), 1280, 900)
	for _, screen := range []struct{ fragment, shows string }{
		{"/", "9\u202f800 more"}, {"/routes?rule=tenant-00001", "Rule 2"},
		{"/backends/tenant-00001", "10\u202f000 backends"},
		{"/decisions", "▶ live"}, {"/watches", "Nothing is watched for"}, {"/play?rule=tenant-00001", "tenant-00001"},
		{"/config", "100 to look at again"},
	} {
		p.goTo(screen.fragment)
		p.shows(screen.shows)
		p.settle()
		p.few(screen.fragment)
	}
	p.find("tab", "history").click()
	p.shows("start")
	p.settle()
	p.few("the history")
	for _, r := range p.calls("/api/v1/config") {
		if strings.HasSuffix(r.URL, "/api/v1/config") {
			t.Errorf("%s asks for all", r.URL)
		}
	}
	p.clean()
}

// settle waits until no call is under way but those that never end.
func (p *page) settle() {
	p.t.Helper()
	p.gone("generic", "Still waiting")
	p.until("that nothing is awaited", func() bool {
		return eval[int](p, `document.querySelectorAll("main [aria-busy=true]").length`) == 0
	})
}

// few holds what is in the page, and what came from the API, against their bounds.
func (p *page) few(where string) {
	p.t.Helper()
	if n := eval[int](p, `document.querySelectorAll("main .rows .body [role=row]").length`); n > 60 {
		p.t.Errorf("%s has %d rows in the page", where, n)
	}
	const large = `performance.getEntriesByType("resource")
		.filter(e => e.name.includes("/api/") && !e.name.includes("/config/source") && e.decodedBodySize > 1e5)
		.map(e => e.name + ": " + e.decodedBodySize)`
	for _, answer := range eval[[]string](p, large) {
		p.t.Errorf("%s: too large an answer: %s", where, answer)
	}
}

// lastRow is the text of the lowest row that is in the page.
func (p *page) lastRow() string {
	rows := p.rowTexts()
	if len(rows) == 0 {
		return ""
	}
	return rows[len(rows)-1]
}

// callOf is an INVITE of one tenant.
func callOf(t *testing.T, tenant int) []byte {
	t.Helper()
	return fmt.Appendf(nil, `{"method":"INVITE","ref":"c1","message":{"callId":{"callId":"c1"},`+
		`"requestUri":{"user":"1"},"from":{"address":{"uri":{"user":"a","host":"t%d.example.net"}}},`+
		`"to":{"address":{"uri":{"user":"1"}}}}}`, tenant)
}
