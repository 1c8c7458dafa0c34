package browser

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// panel is a part of a screen that one call fills. It has each state that a call has.
type panel struct {
	at     string // where it is, as CSS says it
	path   string // the call, as the gate knows it
	waits  string // what it says it waits for
	shows  string // part of what it shows once it is there; where that is left to chance, one of some, behind "|"
	every  int    // how often it asks, in milliseconds; 0 for once
	opens  func(p *page)
	inner  bool // it is a part of a panel, whose place isn't kept
	askers int  // how many ask the same, this one among them; 0 for one
	rests  bool // it asks once nobody has typed for a while, by the page's clock
}

// section is where a panel of a name is.
func section(name string) string { return fmt.Sprintf(`main section[aria-label^=%q]`, name) }

// panels are all that fill with the answer of a call, by screen.
func panels() map[string][]panel {
	return map[string][]panel{
		"/": {
			{at: section("The last 15 minutes"), path: "/stats", shows: "messages a second", every: 2000, askers: 2},
			{at: section("Failures by cause"), path: "/failures", shows: "see one", every: 5000},
			{at: section("The way of a message"), path: "/backends", shows: "EdgePorts", every: 2000},
			{at: section("Configuration"), path: "/config", shows: "epoch 1", every: 5000},
		},
		"/play?rule=dead&sample=ringing": {
			{at: section("Message"), path: "/samples", waits: "the message", shows: "180 Ringing"},
			{at: section("All rules"), path: "/route/explain", waits: "POST /route/explain",
				shows: "emergency", askers: 2},
			{at: section("This rule on"), path: "/rules/evaluate", waits: "POST /rules/evaluate", shows: "match",
				rests: true},
		},
		"/routes": {
			{at: section("Rules"), path: "/rules", shows: "emergency", every: 5000},
			{at: section("∅"), path: "/failures", shows: "Make a rule of one", every: 5000},
		},
		"/routes?rule=dead": {
			{at: section("Rule dead"), path: "/rules/evaluate", waits: "POST /rules/evaluate",
				shows: "get to it", inner: true},
			{at: section("Rule dead"), path: "/backends", shows: "Its processor is", every: 5000, inner: true},
		},
		"/routes?sort=hits": {
			{at: section("Rules"), path: "/rules/overlaps", shows: "No sampled message|would have taken it",
				every: 10_000, inner: true, opens: func(p *page) { p.press("o") }},
		},
		"/decisions":              {{at: section("Decisions"), path: "/calls", shows: "1002", every: 2000}},
		"/decisions?tab=messages": {{at: section("Decisions"), path: "/decisions", shows: "INVITE"}},
		"/decisions?match=req%20%3D%3E%20true": {
			{at: section("Decisions"), path: "/rules/evaluate", waits: "POST /rules/evaluate", shows: "that are kept"},
		},
		"/config": {
			{at: section("Running"), path: "/config?limit=1", shows: "epoch 1", every: 5000},
			{at: section("The configuration's"), path: "/config/source", shows: "What runs"},
			{at: section("On this text"), path: "/config?fields=summary", shows: "It can be used"},
			{at: section("On this text"), path: "/epochs", shows: "Tick two epochs", every: 5000, inner: true,
				opens: func(p *page) { p.find("tab", "history").click() }},
			{at: section("On this text"), path: "/config/impact", waits: "POST /config/impact",
				shows: "would go elsewhere", inner: true,
				opens: func(p *page) { p.find("button", "What would it do?").click() }},
		},
		"/backends":        {{at: section("Backends"), path: "/backends", shows: "connect", every: 2000}},
		"/watches":         {{at: section("Watches"), path: "/watches", shows: "user 1002", every: 2000, askers: 2}},
		"/call/" + theCall: {{at: "main .crumbs + div", path: "/decisions", shows: "180 Ringing", every: 3000}},
		"/call/" + theCall + "?": {
			{at: section("Decision"), path: "/route/explain", waits: "POST /route/explain",
				shows: "verdict", inner: true},
		},
	}
}

// refused is an answer to a call that doesn't work.
var refused = refusal{http.StatusBadRequest, 0, `{"type":"about:blank#rule-refused","title":"Refused","status":400,` +
	`"detail":"Nobody can read this.","line":1,"column":8,"snippet":"req => )\n       ^"}`}

// TestEachPanelHasEachState goes through the states that a call has, on each panel of each screen.
//
// Mutations that this catches: a panel that waits without a word, or is higher once it is there; one that waits for
// another; a list that is said to be empty when nobody told; a refusal that hides what was there, or that has no way
// out; a busy dispatcher that is asked before it said.
func TestEachPanelHasEachState(t *testing.T) {
	d := office(t)
	d.send(t, "")
	if code := d.post(t, "/api/v1/watches", []byte(`{"filter":{"user":"1002"},"for":"15m"}`), nil); code >= 300 {
		t.Fatalf("the watch: %d", code)
	}
	for screen, all := range panels() {
		t.Run(strings.ReplaceAll(screen, "/", " "), func(t *testing.T) {
			g := gated(t, d)
			p := stand(t, g.URL+"/#"+screen)
			for _, one := range all {
				f := filled{p, g, one}
				t.Run(strings.ReplaceAll(one.path, "/", " "), func(t *testing.T) {
					p.t = t
					f.awaits()
					f.refusedAgain()
					f.isBusy()
				})
			}
			p.t = t
			p.clean()
		})
	}
}

// filled is a panel on a page.
type filled struct {
	p *page
	g *gate
	panel
}

// says evaluates an expression on the panel e.
func (f filled) says(expression string) string {
	f.p.t.Helper()
	return eval[string](f.p, `(e => e === null ? "no panel" : String(`+expression+`))
		(document.querySelector(`+quote(f.at)+`))`)
}

func (f filled) text() string { return f.says("e.innerText") }

// fills waits until the panel shows what it has, and all else is there.
func (f filled) fills() {
	f.p.t.Helper()
	const busy = `document.querySelector("[aria-busy=true]") !== null`
	f.p.windUntil(f.at+" with "+f.shows, func() bool {
		return f.isShown(f.text()) && !eval[bool](f.p, busy)
	})
	f.p.drawn() // so that its height is noted
}

// isShown reports whether a text has what the panel shows.
func (f filled) isShown(text string) bool {
	return slices.ContainsFunc(strings.Split(f.shows, "|"), func(s string) bool { return strings.Contains(text, s) })
}

// places are where all panels begin and end.
func (f filled) places() string {
	return eval[string](f.p, `[...document.querySelectorAll("main section:not(.crumbs + div *), main .crumbs + div")]
		.map(e => e.getBoundingClientRect())
		.map(r => Math.round(r.top + scrollY) + "+" + Math.round(r.height)).join(" ")`)
}

// asked is how often the page has asked what fills the panel.
func (f filled) asked() (n int) {
	for _, r := range f.p.calls("/api/v1" + f.path) {
		_, call, _ := strings.Cut(r.URL, "/api/v1")
		path, _, _ := strings.Cut(call, "?")
		if path == f.path || call == f.path {
			n++
		}
	}
	return n
}

// awaits loads the page anew while the panel's call is held back. The panel keeps its place, says after 8 s what it
// waits for, asks again, and tells why it isn't answered.
func (f filled) awaits() {
	p := f.p
	p.t.Helper()
	p.run(chromedp.Reload()) // so that it has been seen once
	f.open()
	f.fills()
	was := f.places()
	release := f.g.hold(f.path)
	p.t.Cleanup(release)
	loaded := f.asked()
	p.run(chromedp.Reload())
	f.open()
	p.until("a skeleton, once it is asked", func() bool { // before, it may be that of something around it
		return (f.rests || f.asked() > loaded) && f.says(`e.querySelector(".waiting") !== null`) == "true"
	})
	p.until("the same places as before", func() bool { return f.others() })
	p.drawn() // so that it has set its clock
	if now := f.places(); now != was && !f.inner {
		p.t.Errorf("panels are at %s while it is awaited, and at %s after", now, was)
	}
	const line = `(w => getComputedStyle(w, "::before").height + " " + w.innerText)(e.querySelector(".waiting"))`
	p.windHeld(299)
	if is := f.says(line); is != "auto " {
		p.t.Errorf("before 300 ms it has %q", is)
	}
	p.windHeld(1)
	p.until("a line", func() bool { return f.says(line) == "2px " })
	p.windHeld(7699)
	if is := f.says(line); is != "2px " {
		p.t.Errorf("before 8 s it has %q", is)
	}
	p.windHeld(1)
	waits := f.waits
	if waits == "" {
		waits = "GET " + f.path
	}
	p.until("what it waits for", func() bool { return strings.Contains(f.text(), "Still waiting for "+waits) })
	before := f.asked()
	f.press("Ask again")
	p.until("another call", func() bool { return f.asked() > before })
	no := f.g.refuse(f.path, refused)
	release()
	f.complains()
	if strings.Contains(f.text(), "as of") {
		p.t.Errorf("something is shown as of a time at which nothing was told:\n%s", f.text())
	}
	no()
	f.press("Try again")
	f.fills()
	if now := f.places(); now != was && !f.inner {
		p.t.Errorf("panels are at %s, and were at %s", now, was)
	}
}

func (f filled) open() {
	if f.opens != nil {
		f.p.find("link", "Playground")
		f.p.until("the screen", func() bool { return f.says("true") == "true" })
		f.opens(f.p)
	}
}

// others reports whether nothing is awaited but this panel.
func (f filled) others() bool {
	return eval[bool](f.p, `(e => [...document.querySelectorAll("main .waiting")].every(w => e?.contains(w)))
		(document.querySelector(`+quote(f.at)+`))`) || f.path == "/samples" || f.path == "/route/explain"
}

// complains waits for the refusal: as a sentence, its kind, and the place.
func (f filled) complains() {
	f.p.t.Helper()
	for _, what := range []string{"Nobody can read this.", "rule-refused", "req => )\n       ^", "Try again"} {
		f.p.windUntil(what, func() bool { return strings.Contains(f.text(), what) })
	}
}

// press presses a button of the panel.
func (f filled) press(name string) {
	f.p.t.Helper()
	button := `[...e.querySelectorAll("button")].find(b => b.innerText === ` + quote(name) + `)`
	f.p.until("button "+name, func() bool {
		return f.says(`(b => b !== undefined && (b.click(), true))(`+button+`)`) == "true"
	})
}

var asOf = regexp.MustCompile(`What is shown is as of \d\d:\d\d:\d\d`)

// refusedAgain has a later call refused: what was there stays, dimmed, and it says of when it is.
func (f filled) refusedAgain() {
	if f.every == 0 {
		return // it asks once
	}
	no := f.g.refuse(f.path, refused)
	f.complains()
	text := f.text()
	if !asOf.MatchString(text) || !f.isShown(text) {
		f.p.t.Errorf("what was there is gone, or nothing says of when it is:\n%s", text)
	}
	const dim = `e.querySelector(".problem.dims") && [...e.querySelectorAll(".problem.dims ~ *")]
		.every(d => getComputedStyle(d).opacity < 1)`
	if is := f.says(dim); is != "true" {
		f.p.t.Errorf("what was there isn't dimmed: %s", is)
	}
	no()
	f.press("Try again")
	f.p.until("no refusal", func() bool { return !strings.Contains(f.text(), "Nobody can read this.") })
}

// isBusy has the dispatcher be busy: it is asked again when it said, once, and not before.
func (f filled) isBusy() {
	p := f.p
	p.t.Helper()
	no := f.g.refuse(f.path, busy)
	if f.every == 0 {
		p.run(chromedp.Reload())
		f.open()
	}
	p.windUntil("that it is busy", func() bool { return strings.Contains(f.text(), "Try again soon.") })
	p.until("how long it wants to be left alone", func() bool { return strings.Contains(f.text(), "wait: 3 s more") })
	before := f.asked()
	p.wind(2400) // the answer came in the half second before
	if n := f.asked() - before; n != 0 {
		p.t.Errorf("it was asked %d times although it said in 3 s", n)
	}
	p.wind(max(f.every, 3000) - 2400 + 500)
	if n := f.asked() - before; n != max(f.askers, 1) {
		p.t.Errorf("it was asked %d times when the time was over", n)
	}
	no()
	p.windUntil("an answer", func() bool { return !strings.Contains(f.text(), "Try again soon.") })
	f.fills()
}
