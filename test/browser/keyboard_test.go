package browser

import (
	"strings"
	"testing"
)

// TestThePhoneDoesntRingAndNoPointerHelps goes the whole way of an operator whom support told that 1002 can't be
// reached, with the keyboard alone: from the number to the ladder, to the rule that throws, mended where it stands and
// tried on what was recorded, into the draft, and to the news that it is live. Mutations it must catch: p opens the
// message with the rule that would have taken it; the draft is compared by its text instead of its hash.
func TestThePhoneDoesntRingAndNoPointerHelps(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	p := open(t, d.url("/"), 1280, 900)
	p.find("link", "Playground")
	p.until("the search", func() bool {
		p.press("/")
		_, name := p.focused()
		return name == "Search"
	})
	p.press("Control+a")
	p.insert("1002")
	p.find("option", "1002")
	p.press("Enter")
	p.tabTo("grid", "Calls, those that failed first")
	p.until("the failed call on top", func() bool { return strings.Contains(p.firstRow(), "no answer") })
	p.press("ArrowDown")
	p.press("Enter")
	p.shows("The phone doesn't ring for the caller", "rule dead failed", "180 Ringing", "the caller hears no ringing")
	if n := eval[int](p, `document.querySelectorAll(".ladder [role=row]:not(.head):not(.gap)").length`); n != 13 {
		t.Errorf("the ladder has %d messages of 13", n)
	}
	p.find("button", "Fix in the Playground")
	p.press("p")
	p.shows("✕ THREW", "180 Ringing", "✕ 3 error")
	p.tabTo("textbox", "matchFunc")
	p.press("Control+a")
	p.insert(`req => req.message.requestUri?.user.startsWith("9")`)
	p.shows("NO MATCH", "With the edited rule it goes to connect; as it runs, to nobody")
	p.press("Control+Enter")
	p.shows("○ 5 no match")
	if text := p.text(); strings.Contains(text, "✕ 3 error") {
		t.Errorf("the mended rule still fails on what was recorded:\n%s", text)
	}
	p.press("Escape")
	p.press("Tab")
	p.tabTo("button", "Add to draft")
	p.press("Enter")
	p.find("dialog", "Draft")
	p.shows("dead", "has another rule", "It can be used")
	p.press("Escape")
	p.gone("dialog", "Draft")
	if role, name := p.focused(); role != "button" || !strings.Contains(name, "Add to draft") {
		t.Errorf("the focus went to %s %q", role, name)
	}
	d.write(t, strings.Replace(phones(addrOf(t, d)), "requestUri.user", "requestUri?.user", 1))
	p.shows("your draft is live", "epoch 2")
	p.gone("button", "Draft 1")
	p.clean()
}
