package browser

import (
	"strings"
	"testing"
)

// TestRoutesSayWhatTrafficDoes looks at a rule's pace, its parts in traffic, what nobody takes, and a pair of rules
// that would take the same messages: swapped in the draft, the other one is asked first.
func TestRoutesSayWhatTrafficDoes(t *testing.T) {
	upstream := serve(t, "").addr
	config := strings.Replace(phones(upstream), `requestUri.user.startsWith("9")`, `requestUri?.user === "1002"`, 1)
	d := serve(t, config)
	p := open(t, d.url("/routes"), 1280, 900)
	p.shows("connect", "No message of the last 15 minutes went without a rule.")
	for range 4 {
		d.send(t, "")
	}
	const paces = `[...document.querySelectorAll(".rules .body .pace")].map(e => e.innerText).join(" ")`
	p.until("a pace", func() bool { return eval[string](p, paces) != "" })
	p.shows("○ OPTIONS", "messages since this configuration runs")
	p.until("an overlap", func() bool { // one message of many is looked at
		d.send(t, "")
		return strings.Contains(p.text(), "over connect")
	})

	p.find("grid", "Rules").focus()
	p.press("ArrowDown")
	p.press("ArrowDown")
	p.find("region", "Rule dead")
	p.shows(`req.message.requestUri?.user === "1002"`, "of the last")
	const swap = "Swap dead and connect in the draft"
	p.until("that pair", func() bool {
		d.send(t, "")
		return len(p.all("button", swap)) > 0
	})
	p.find("button", swap).click()
	p.find("dialog", "Draft")
	p.shows("moved", "It can be used")
	draft := eval[string](p, `JSON.parse(sessionStorage.getItem("dispatcher.draft")).text`)
	dead, connect := strings.Index(draft, "ref: dead"), strings.Index(draft, "ref: connect")
	if connect < 0 || dead < connect {
		t.Errorf("connect isn't asked before dead:\n%s", draft)
	}
	p.clean()
}
