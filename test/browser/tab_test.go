package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// stops has the page find what Tab should stop at, once each, and note what it does stop at. A radio group is one stop,
// and so is a list, whatever is in it. Elements in shadow roots stand where their host does.
const stops = `(() => {
	const wanted = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]"
	const found = []
	const within = root => {
		for (const e of root.querySelectorAll("*")) {
			if (e.shadowRoot) within(e.shadowRoot)
			if (!e.matches(wanted) || e.tabIndex < 0 || e.disabled || e.inert || e.closest("[inert]")) continue
			if (!e.checkVisibility({visibilityProperty: true})) continue
			if (e.type === "radio" && !e.checked) continue
			found.push(e)
		}
	}
	within(document.querySelector("dialog[open]") ?? document)
	window.stops = found
	window.walked = []
	removeEventListener("focusin", window.noting, true)
	window.noting = e => {
		const on = e.composedPath()[0]
		if (walked.at(-1) !== on) walked.push(on)
	}
	addEventListener("focusin", noting, true)
	found[0].focus()
	if (walked.length === 0) walked.push(found[0]) // it had the focus already
	return found.length })()`

// said are words for an element.
const said = `e => [
	e.tagName.toLowerCase(), e.getAttribute("role"), e.getAttribute("aria-label") ?? e.innerText?.slice(0, 40)]
	.filter(Boolean).join(" ").replace(/\s+/g, " ")`

// amiss are the ways in which what Tab stopped at isn't what should be: something is left out, comes twice, or isn't
// seen; or the focus goes up or to the left, where neither a column nor a part of the page begins. What scrolls and
// holds nothing to stop at is a stop, too.
const amiss = `(() => {
	const say = ` + said + `
	const found = []
	const scrolls = e => e.scrollHeight > e.clientHeight || e.scrollWidth > e.clientWidth
	for (const e of stops) if (!walked.includes(e)) found.push("Tab never comes to " + say(e))
	walked.forEach((e, i) => {
		if (walked.indexOf(e) !== i) found.push("Tab comes twice to " + say(e))
		if (e.parentElement?.closest("[role=grid]")) found.push("a list is more than one stop: " + say(e))
		if (!stops.includes(e) && !scrolls(e)) found.push("nobody awaits " + say(e))
	})
	const part = e => {
		for (let at = e; at !== null; at = at.parentElement ?? at.getRootNode().host ?? null)
			if (at.matches(".panel, .bar, .rail, .verdict, .play > .actions, dialog")) return at
		return e
	}
	const before = (a, b) => { // whether b stands before a, as people read
		[a, b] = [a.getBoundingClientRect(), b.getBoundingClientRect()]
		const line = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
		if (line > Math.min(a.height, b.height) / 2) return b.right <= a.left
		return b.bottom <= a.top + 1 && b.left < a.right
	}
	for (let i = 1; i < walked.length; i++) {
		const [a, b] = [walked[i - 1], walked[i]]
		const [from, to] = [part(a), part(b)]
		if (a.classList.contains("skip")) continue // it stands nowhere until it has the focus
		if (from === to ? before(a, b) : !/bar|rail/.test(from.className + to.className) && before(from, to))
			found.push("from " + say(a) + " Tab goes back to " + say(b))
	}
	return found })()`

// buried are stops of which nothing is seen when they have the focus: something else stands over them.
const buried = `(() => {
	const say = ` + said + `
	const top = (x, y) => { let e = document.elementFromPoint(x, y)
		while (e?.shadowRoot) {
			const inner = e.shadowRoot.elementFromPoint(x, y)
			if (!inner || inner === e) break
			e = inner
		}
		return e }
	return stops.filter(e => {
		e.focus()
		for (const r of e.getClientRects()) {
			const [l, t] = [Math.max(r.left, 0), Math.max(r.top, 0)]
			const [w, h] = [Math.min(r.right, innerWidth) - l, Math.min(r.bottom, innerHeight) - t]
			for (const x of [0.1, 0.5, 0.9]) for (const y of [0.1, 0.5, 0.9]) {
				const on = w > 0 && h > 0 ? top(l + x * w, t + y * h) : null
				if (on && (e.contains(on) || on.contains(e) && on.matches("label, summary, a, button"))) return false
			}
		}
		return true
	}).map(e => "nothing is seen of " + say(e) + " when it has the focus") })()`

// walk goes through everything with Tab, and back with Shift-Tab.
func (p *page) walk(where string) {
	p.t.Helper()
	p.settled()
	n := eval[int](p, stops)
	if n == 0 {
		p.t.Errorf("%s: there is nothing to stop at", where)
		return
	}
	const walked = `walked.map(` + said + `)`
	const last = `walked.includes(stops.at(-1)) || walked.length > 2 * stops.length`
	for range n + 20 {
		if eval[bool](p, last) {
			break
		}
		p.press("Tab")
	}
	for _, wrong := range eval[[]string](p, amiss) {
		p.t.Errorf("%s: %s", where, wrong)
	}
	there := eval[[]string](p, walked)
	eval[any](p, `(window.walked = [stops.at(-1)], 0)`)
	for range len(there) - 1 {
		p.press("Shift+Tab")
	}
	back := eval[[]string](p, walked)
	slices.Reverse(back)
	if !slices.Equal(there, back) {
		p.t.Errorf("%s: Tab goes along\n%s\nand Shift-Tab comes back along\n%s", where,
			strings.Join(there, "\n"), strings.Join(back, "\n"))
	}
	for _, wrong := range eval[[]string](p, buried) {
		p.t.Errorf("%s: %s", where, wrong)
	}
}

// TestTabComesToEverythingOnceInTheOrderInWhichItIsRead walks each screen with data, on a desk, and as the same desk
// shows it at 200 %. Mutations it must catch: an editor that keeps Tab; a list whose rows or heads are stops; areas
// that stand elsewhere than in the page's text; a bar that lies over what has the focus.
func TestTabComesToEverythingOnceInTheOrderInWhichItIsRead(t *testing.T) {
	d, places := furnished(t)
	for _, zoom := range []int64{1, 2} {
		t.Run(fmt.Sprintf("%d00 %%", zoom), func(t *testing.T) {
			p := open(t, d.url("/watches"), 1280/zoom, 900/zoom)
			call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
				Width: 1280 / zoom, Height: 900 / zoom, DeviceScaleFactor: float64(zoom),
			})
			for _, at := range places {
				p.goTo(at.fragment)
				at.ready(p)
				p.walk(at.name)
			}
			p.untouched()
			p.clean()
		})
	}
}
