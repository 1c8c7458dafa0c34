package browser

import (
	"slices"
	"strings"
	"testing"
)

// TestAWatchCatches has nothing of a number yet, watches for it, and lets it dial.
func TestAWatchCatches(t *testing.T) {
	d := office(t)
	d.send(t, "")
	p := open(t, d.url("/decisions?user=4711"), 1280, 900)
	p.shows("Nothing of", "fits user:4711")
	p.find("button", "Watch 4711").click()
	p.find("dialog", "Watch for messages")
	p.find("button", "Watch").click()
	p.shows("Nothing was caught yet")
	invite := d.protobufNamed(t, "invite-sdp")
	for range 20 {
		d.sendBytes(t, invite)
	}
	p.goTo("/routes")
	d.sendBytes(t, renamed(renamed(invite, "1002", "4711"), theCall, "dialled-again"))
	p.find("link", "1 ● new")
	const heights = `[...document.querySelectorAll(".rail a")].map(e => e.getBoundingClientRect().height)`
	if is := slices.Compact(eval[[]float64](p, heights)); len(is) != 1 {
		t.Errorf("a line of the rail is higher than the others: %v", is)
	}
	p.goTo("/watches")
	p.find("link", "user 4711").click()
	p.shows("Caught 1 call.", "4711@sip.example.com")
	p.find("grid", "Messages of the call")
	p.find("button", "End it").click()
	p.shows("Nothing is watched for")
	p.clean()
}

// TestAnotherFileIsNotRead asks for the draft to be read while the file is another one.
func TestAnotherFileIsNotRead(t *testing.T) {
	d := office(t)
	p := open(t, d.url("/config"), 1280, 900)
	p.editConfig(`["911", "112"]`, `["911", "112", "999"]`)
	p.find("button", "Draft 1")
	p.shows("It can be used")
	p.find("button", "Read the file again").click()
	p.find("radio", "the draft")
	p.find("button", "Read it").click()
	p.shows("Nothing was changed, and the draft is as it was.")
	p.press("Escape")
	p.find("button", "Draft 1")
	p.shows("epoch 1")
	p.clean()
}

// TestADecisionIsExplainedByItsOwnRules looks at a decision of an epoch that is over.
func TestADecisionIsExplainedByItsOwnRules(t *testing.T) {
	d := office(t)
	d.sendBytes(t, d.protobufNamed(t, "invite-sdp"))
	p := open(t, d.url("/call/"+theCall), 1280, 900)
	p.shows("Connect took it.", "epoch 1")
	d.write(t, strings.Replace(phones(addrOf(t, d)), `"112"]`, `"112", "1002"]`, 1))
	p.goTo("/config")
	p.shows("epoch 2")
	p.goTo("/call/" + theCall)
	p.shows("Connect took it.", "Today it would go to emergency", "epoch 2")
	p.goTo("/config")
	p.find("tab", "history").click()
	p.shows("changed emergency")
	p.clean()
}
