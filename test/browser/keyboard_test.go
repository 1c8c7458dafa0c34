package browser

import (
	"slices"
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
	p.until("the failed call on top", func() bool { return strings.Contains(p.firstRow(), "failed, 200") })
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

// state is what a key can change on a page on which nothing comes in.
const state = `[location.hash, document.activeElement?.getAttribute("aria-label"),
	...[...document.querySelectorAll("dialog[open]")].map(e => e.ariaLabel),
	...[...document.querySelectorAll("[aria-selected=true]")].map(e => e.id + e.innerText),
	...[...document.querySelectorAll("[aria-pressed=true]")].map(e => e.innerText),
	...[...document.querySelectorAll("main h2, header.bar button, .panel.message")].map(e => e.innerText)].join("\n")`

// keysListed are the keys that the page says to work, as it shows them.
func (p *page) keysListed() []string {
	p.t.Helper()
	p.press("?")
	p.find("dialog", "Keys that work here")
	listed := eval[[]string](p, `[...document.querySelectorAll("table.keys th")]
		.map(e => [...e.children].map(k => k.textContent).join(" "))`)
	p.press("Escape")
	p.gone("dialog", "Keys that work here")
	return listed
}

// TestEachKeyThatIsListedDoesSomething opens the list of keys on each screen with a row selected, and presses each key
// that is in it. Mutations it must catch: a key that is listed and does nothing; a list that doesn't follow the screen.
func TestEachKeyThatIsListedDoesSomething(t *testing.T) {
	d := office(t)
	d.send(t, "")
	p := open(t, d.url("/"), 1280, 900)
	p.find("link", "Playground")
	for at, screen := range map[string]struct {
		rows string // label of the list; empty for none
		keys string // that must be among those listed
	}{
		"/decisions":              {"Calls", "j k Space f l [ ] w m p t"},
		"/decisions?tab=messages": {"Messages", "j k Space f l . w m p t"},
		"/call/" + theCall:        {"Messages of the call", "j k [ ] w m p t Escape"},
		"/routes":                 {"Rules", "j k f o p Alt-ArrowUp Alt-ArrowDown Escape"},
		"/backends":               {"Backends", "j k f"},
		"/play":                   {"", "[ ] t Ctrl-S Ctrl-Enter"},
	} {
		prepare := func() {
			eval[any](p, `document.activeElement?.blur()`) // letters are texts in a field
			for _, place := range []string{"/watches", at} { // a key may still be going back
				p.until("the screen "+place, func() bool {
					p.goTo(place)
					p.settled()
					return eval[string](p, `location.hash`) == "#"+place
				})
			}
			if screen.rows == "" {
				p.find("textbox", "matchFunc")
				p.find("button", "Share").focus()
				return
			}
			p.find("grid", screen.rows)
			p.until("a selected row that isn't the first", func() bool {
				p.press("j")
				const row = `+document.querySelector(".rows [aria-selected=true]")?.ariaRowIndex`
				return eval[bool](p, row+` > 2`)
			})
			p.settled()
		}
		prepare()
		listed := p.keysListed()
		for _, key := range strings.Fields(screen.keys) {
			if !slices.Contains(listed, key) {
				t.Errorf("%s: %s isn't listed: %q", at, key, listed)
			}
		}
		for _, key := range listed {
			if key == "?" || strings.HasPrefix(key, "g ") { // these work everywhere, and have a test
				continue
			}
			prepare()
			if key == "w" {
				p.press("m") // it is there already
			}
			before, asked := eval[string](p, state), len(p.calls("/rules/evaluate"))
			p.until(at+": "+key+" to do something", func() bool {
				changed := func() bool {
					return eval[string](p, state) != before || len(p.calls("/rules/evaluate")) > asked
				}
				if changed() {
					return true
				}
				p.press(strings.NewReplacer("Ctrl-S", "Control+s", "Ctrl-", "Control+", "Alt-", "Alt+").Replace(key))
				return changed()
			})
			if len(p.all("dialog", "")) > 0 {
				p.press("Escape")
			}
		}
	}
	p.clean()
}
