package browser

import (
	"strings"
	"testing"
)

// run has the dispatcher run another configuration, and holds its epoch against the one that is expected.
func (d *dispatcher) run(t *testing.T, config string, epoch int) {
	t.Helper()
	d.write(t, config)
	var runs struct{ Epoch int }
	d.post(t, "/api/v1/reload", nil, nil) // or the dispatcher has seen the file already
	if d.get(t, "/api/v1/config?limit=1", "", &runs); runs.Epoch != epoch {
		t.Fatalf("epoch %d runs instead of %d", runs.Epoch, epoch)
	}
}

// TestADecisionIsExplainedByItsOwnRules looks at a decision of epoch 5 while epoch 7 runs: the list of rules, what each
// said and its parts are those of epoch 5, also where a rule has gone or changed since, and beside them stands what
// epoch 7 would do; in the Playground, too. Once the rules of epoch 5 aren't kept any more, the page says whose rules
// it asks.
//
// Mutations that this catches: a decision that the running rules explain; an explanation that doesn't say what runs, or
// names the epoch that decided as the one that would.
func TestADecisionIsExplainedByItsOwnRules(t *testing.T) {
	d := office(t)
	helps := func(numbers string) string {
		return strings.Replace(phones(addrOf(t, d)), `["911", "112"]`, "["+numbers+"]", 1)
	}
	for epoch := 2; epoch <= 4; epoch++ {
		d.run(t, helps(quote(itoa(epoch))), epoch)
	}
	d.run(t, helps(`"911", "five"`), 5)
	d.sendBytes(t, d.protobufNamed(t, "invite-sdp"))
	d.run(t, helps(`"six"`), 6)
	d.run(t, strings.Replace(helps(`"911", "1002"`), "ref: dead", "ref: seven", 1), 7)

	p := open(t, d.url("/call/"+theCall), 1280, 900)
	p.shows("Connect took it.", "Today it would go to emergency (epoch 7)", `it must be one of "911", "five"`)
	p.find("link", "epoch 5")
	p.find("tab", "rules").click()
	p.until("each rule of epoch 5", func() bool {
		return eval[string](p, `[...document.querySelectorAll(".verdicts tbody tr")]
			.map(r => r.cells[1].innerText + " " + r.cells[2].innerText.replace(/ · .*/, "")).join()`) ==
			"emergency ○ no,dead ○ no,connect ● takes it"
	})
	p.find("button", "Try in the Playground").click()
	p.shows("Epoch 5 decided this message. By epoch 7, which runs, it goes to emergency.",
		`it must be one of "911", "five"`)

	d.run(t, strings.ReplaceAll(helps(`"911"`), "INVITE", "OPTIONS"), 8)
	p.goTo("/call/" + theCall)
	p.shows("Today it would end with NOT_FOUND (epoch 8)", `it must be one of "911", "five"`)

	const kept = 16 // epochs before the one that runs
	for epoch := 9; epoch <= 5+kept+1; epoch++ {
		d.run(t, helps(quote("now "+itoa(epoch))), epoch)
	}
	p.goTo("/")
	p.goTo("/call/" + theCall)
	p.shows("Explained by epoch 22: the rules of epoch 5, which decided it, aren't kept any more", `"now 22"`)
	p.goTo("/config")
	p.find("tab", "history").click()
	p.shows("changed emergency")
	p.clean()
}
