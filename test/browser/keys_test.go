package browser

import (
	"strings"
	"testing"
)

// tabTo moves the focus with Tab until it is on an element of a role whose name has a part.
func (p *page) tabTo(role, part string) {
	p.t.Helper()
	p.find(role, part)
	for range 80 {
		p.press("Tab")
		if r, n := p.focused(); r == role && strings.Contains(n, part) {
			return
		}
	}
	r, n := p.focused()
	p.t.Fatalf("Tab doesn't get to %s %q; it is at %s %q", role, part, r, n)
}

func TestKeysLeadToEveryScreen(t *testing.T) {
	d := serve(t, "")
	p := open(t, d.url("/"), 1280, 900)
	p.find("link", "Playground")
	for key, hash := range map[string]string{
		"p": "/play", "r": "/routes", "d": "/decisions", "c": "/config", "b": "/backends", "w": "/watches", "o": "/",
	} {
		p.until("the screen behind g "+key, func() bool { // a page that is being loaded listens to no keys yet
			p.press("g")
			p.press(key)
			return eval[string](p, `location.hash`) == "#"+hash
		})
	}
	p.press("/")
	if role, name := p.focused(); role != "combobox" || name != "Search" {
		t.Errorf("/ leads to %s %q", role, name)
	}
	p.find("combobox", "Search").enter("911")
	p.press("Enter")
	p.until("calls of 911", func() bool { return strings.Contains(eval[string](p, `location.hash`), "user=911") })
	p.clean()
}

// TestFocusGoesBackToWhereItWas opens a dialog by its key from a button, and closes it.
func TestFocusGoesBackToWhereItWas(t *testing.T) {
	d := serve(t, "")
	p := open(t, d.url("/play"), 1280, 900)
	p.shows("MATCH")
	for key, dialog := range map[string]string{"?": "Keys that work here", "t": "Save as a test"} {
		p.find("button", "Share").focus()
		p.press(key)
		p.find("dialog", dialog)
		p.press("Escape")
		p.gone("dialog", dialog)
		if _, name := p.focused(); !strings.Contains(name, "Share") {
			t.Errorf("the focus went to %q", name)
		}
	}
}

// TestSingleLettersCanBeTurnedOff holds WCAG 2.1.4.
func TestSingleLettersCanBeTurnedOff(t *testing.T) {
	d := serve(t, "")
	p := open(t, d.url("/play"), 1280, 900)
	p.find("button", "Settings").click()
	p.find("checkbox", "Single letters act as keys").click()
	p.press("Escape")
	p.gone("dialog", "Settings")
	p.press("t")
	p.press("g")
	p.press("d")
	if len(p.all("dialog", "")) > 0 || eval[string](p, `location.hash`) != "#/play" {
		t.Error("letters still act")
	}
}

// TestTheDemoLeadsToARuleOfOnesOwn walks the three steps of the first page by keyboard alone, in a fresh profile.
func TestTheDemoLeadsToARuleOfOnesOwn(t *testing.T) {
	d := serve(t, "")
	p := open(t, d.url("/"), 1280, 900)
	p.shows("This is the demo")
	p.tabTo("button", "Send the samples")
	p.press("Enter")
	p.tabTo("link", "Open the emergency call")
	p.press("Enter")
	p.shows("emergency-processor")
	p.press("g")
	p.press("o")
	p.tabTo("link", "Change the rule in the Playground")
	p.press("Enter")
	p.shows("MATCH")
	p.tabTo("textbox", "matchFunc")
	p.press("Control+a")
	p.insert(`req => ["911", "112", "999"].includes(req.message.requestUri?.user)`)
	p.shows("● MATCH", "edited")
	p.press("Tab")
	p.tabTo("button", "Copy as YAML")
	p.clean()
}
