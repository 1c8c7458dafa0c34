package browser

import (
	"slices"
	"strings"
	"testing"
)

// TestFocusGoesBackToWhereItWas opens each dialog, drawer, pop-up and detail by keyboard, lets axe look at it on a desk
// and on a phone in both themes, and leaves it with Esc: the focus is then where it was. Mutations it must catch: a
// field that drops the focus; a dialog that is too wide for a phone; a detail that closes and leaves the focus with
// what is gone.
func TestFocusGoesBackToWhereItWas(t *testing.T) {
	d, places := furnished(t)
	p := open(t, d.url("/watches"), 1280, 4000)
	for _, one := range openings {
		t.Run(one.at+" "+one.key+" at "+one.name, func(t *testing.T) {
			p.t = t
			p.goTo("/watches")
			p.shows("user 1002")
			at := places[slices.IndexFunc(places, func(at place) bool { return at.name == one.at })]
			p.goTo(at.fragment)
			at.ready(p)
			p.settled()
			p.find(one.role, one.name).focus()
			p.has(one.role, one.name)
			p.press(one.key)
			one.open(p)
			p.settled()
			p.inspect(one.at + ", " + one.key + " at " + one.name)
			p.viewport(360, 4000)
			p.inspect(one.at + ", " + one.key + " at " + one.name + ", on a phone")
			p.viewport(1280, 4000)
			p.press("Escape")
			p.until("that it closes", func() bool {
				return eval[bool](p, `document.querySelector(`+quote(one.selector)+`) === null`)
			})
			p.has(one.role, one.name)
		})
	}
	p.t = t
	p.untouched()
	p.clean()
}

// TestEscLeadsBackToWhatOpenedAScreen opens calls and decisions from lists and links with Enter, and comes back with
// Esc: the list has the focus, and the row that was open is selected; the link has the focus. Who comes with the
// address of a call gets to the list of calls. Mutations it must catch: a screen that forgets its selection; a step
// back that leads out of the console.
func TestEscLeadsBackToWhatOpenedAScreen(t *testing.T) {
	d, places := furnished(t)
	p := open(t, d.url("/call/"+theCall), 1280, 900)
	p.find("grid", "Messages of the call")
	p.press("Escape")
	p.has("grid", "Calls, the newest first")
	const selected = `document.querySelector(".rows [aria-selected=true]")?.innerText ?? ""`
	for _, at := range places {
		var row string
		var role, name string
		p.goTo("/watches")
		p.shows("user 1002")
		p.goTo(at.fragment)
		switch at.name {
		case "calls", "calls of somebody", "messages", "a rule as a filter":
			at.ready(p)
			p.settled()
			p.has("grid", "")
			p.press("j")
			p.press("j")
			p.until("a selected row", func() bool { row = eval[string](p, selected); return row != "" })
			role, name = p.focused()
		case "the Overview":
			at.ready(p)
			role, name = "link", "see one"
			p.tabTo(role, name)
		default:
			continue
		}
		p.press("Enter")
		p.until("another screen", func() bool {
			hash := eval[string](p, `location.hash`)
			return strings.HasPrefix(hash, "#/call/") || strings.HasPrefix(hash, "#/decision/")
		})
		p.find("button", "Save as test")
		p.press("Escape")
		p.has(role, name)
		if now := eval[string](p, `location.hash`); now != "#"+at.fragment {
			t.Errorf("%s: Esc leads to %s", at.name, now)
		}
		if row != "" {
			p.until(at.name+": the row that was open", func() bool { return eval[string](p, selected) == row })
		}
	}
	p.untouched()
	p.clean()
}
