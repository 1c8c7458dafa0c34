package browser

import (
	"fmt"
	"testing"
)

// standing has a page's clock stand: what the page waits for 300 ms or longer comes once somebody winds the clock, and
// not before, however slow the machine is. What is shorter, such as a typist's pause, takes its time. What is left to
// chance comes out in the middle. A wind waits for what the page has asked for, but where it may be held back.
const standing = `(() => {
	const began = Date.now(), real = {set: setTimeout.bind(window), clear: clearTimeout.bind(window)}
	const due = new Map()
	let at = 0, last = 1e9, open = 0
	const put = (f, ms, each) => (due.set(++last, {f, at: at + ms, each}), last)
	window.setTimeout = (f, ms = 0, ...args) => ms < 300 ? real.set(f, ms, ...args) : put(() => f(...args), ms, 0)
	window.setInterval = (f, ms = 0, ...args) => put(() => f(...args), Math.max(ms, 1), Math.max(ms, 1))
	window.clearTimeout = window.clearInterval = id => { due.delete(id) || real.clear(id) }
	Date.now = () => began + at
	Math.random = () => 0.5
	const counted = (of, name) => {
		const f = of[name]
		of[name] = function (...args) { open++; return f.apply(this, args).finally(() => open--) }
	}
	counted(window, "fetch")
	counted(Response.prototype, "json")
	counted(Response.prototype, "text")
	const turn = () => new Promise(done => real.set(done, 0))
	window.wind = async (ms, held) => {
		for (const end = at + ms; ;) {
			do await turn()
			while (!held && open > 0)
			const [id, next] = [...due].filter(([, d]) => d.at <= end).sort(([, a], [, b]) => a.at - b.at)[0] ?? []
			at = next?.at ?? end
			if (next === undefined) return true
			if (next.each > 0) next.at += next.each
			else due.delete(id)
			next.f()
		}
	}
})()`

// stand opens an address as open does, with a clock that stands.
func stand(t *testing.T, url string) *page {
	t.Helper()
	return open(t, url, 1280, 900, standing)
}

// wind moves the page's clock on, and waits for the answers that come of it.
func (p *page) wind(ms int) {
	p.t.Helper()
	awaited[bool](p, fmt.Sprintf("wind(%d, false)", ms))
}

// windHeld moves the page's clock on although answers are held back.
func (p *page) windHeld(ms int) {
	p.t.Helper()
	awaited[bool](p, fmt.Sprintf("wind(%d, true)", ms))
}

// windUntil moves the page's clock on, half a second at a time, until something holds.
func (p *page) windUntil(what string, holds func() bool) {
	p.t.Helper()
	p.until(what, func() bool {
		if holds() {
			return true
		}
		p.wind(500)
		return false
	})
}

// drawn waits until what the page has is drawn, and what follows from that is done.
func (p *page) drawn() {
	p.t.Helper()
	awaited[any](p, `(async () => { for (const _ of [1, 2, 3]) {
		await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))
	} })()`)
}
