//go:build budgets

package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBudgets measures what people wait for. Like all that is behind the tag budgets it asserts no time: it says what
// it measured beside what that may be.
func TestBudgets(t *testing.T) {
	small, big := office(t), serve(t, tenThousand())
	small.send(t, "")
	t.Run("screens", func(t *testing.T) {
		shown(t, "Overview", small.url("/"), "The last 15 minutes", "canvas", "400 ms")
		const editor = ".editor:not(:has([aria-busy]))"
		shown(t, "Playground", small.url("/play?sample=invite-emergency"), "MATCH", editor, "800 ms")
		shown(t, "Routes at 10,000 rules", big.url("/routes"), "tenant-00003", ".rows", "500 ms")
	})
	t.Run("filter", func(t *testing.T) { filterRows(t, big) })
	t.Run("keys", func(t *testing.T) {
		keyToVerdict(t, "7 rules", serve(t, rules(7)), "p95 120 ms, 60 of them a pause")
		keyToVerdict(t, "10,000 rules", big, "p95 200 ms")
	})
	t.Run("recorded", func(t *testing.T) { onRecorded(t, small) })
	t.Run("rows", func(t *testing.T) { decisionToRow(t, small) })
}

// shown opens an address in new profiles, and says how long after the navigation a text is there, and the element that
// comes last.
func shown(t *testing.T, screen, url, text, last, bar string) {
	marks := `for (const [n, holds] of Object.entries({
		text: () => document.body?.textContent.includes(` + quote(text) + `),
		last: () => document.querySelector(` + quote(last) + `) !== null })) once(holds, at => marks[n] = at);`
	var profile, first, whole []float64
	for range 7 {
		p, own := measured(t, url, marks)
		p.until("the screen", func() bool { return eval[int](p, `Object.keys(marks).length`) == 2 })
		m := eval[map[string]float64](p, `marks`)
		p.leave() // what it asks from now on isn't to be waited for
		profile, first, whole = append(profile, own), append(first, m["text"]), append(whole, m["last"])
	}
	says(t, screen+", from the navigation until it is shown", ms(median(first)), bar)
	t.Logf("    what comes last of it after %s; a new profile took the browser %s",
		ms(median(whole)), ms(median(profile)))
}

// filterRows types into the filter of 10,000 rules.
func filterRows(t *testing.T, d *dispatcher) {
	p, _ := measured(t, d.url("/routes"), "")
	p.shows("tenant-00003")
	p.find("textbox", "Filter rules").enter("tenant-0424")
	var took []float64
	for n := range 10 {
		want := fmt.Sprintf("tenant-0424%d", n)
		only := `() => { const all = document.querySelectorAll(".rows .body [role=row]");
			return all.length === 1 && all[0].querySelector("bdi")?.textContent === ` + quote(want) + ` }`
		took = append(took, afterKey(p, fmt.Sprint(n), only))
		p.press("Backspace")
		p.until("all ten", func() bool { return len(p.rowTexts()) == 10 })
	}
	says(t, "Routes at 10,000 rules, a key in the filter until its rows", ms(median(took)), "50 ms")
}

// afterKey presses a key and returns how long after it the page shows what a function of it awaits.
func afterKey(p *page, key, holds string) float64 {
	p.t.Helper()
	eval[int](p, `window.came = sinceKey(`+holds+`); 0`)
	p.press(key)
	return awaited[float64](p, `came`)
}

// inRule has the page show a rule that returns 1, with the caret behind it.
func inRule(t *testing.T, d *dispatcher) *page {
	p, _ := measured(t, d.url("/play?sample=invite-emergency"), "")
	p.shows("MATCH")
	p.rule("req => 1")
	p.until("its verdict", func() bool { return strings.Contains(p.text(), "returned 1 ") })
	return p
}

func keyToVerdict(t *testing.T, rules string, d *dispatcher, bar string) {
	p := inRule(t, d)
	var took []float64
	for n := range 60 {
		want := fmt.Sprintf("returned 1%d ", n%10)
		said := `() => document.querySelector(".verdict")?.textContent.includes(` + quote(want) + `)`
		took = append(took, afterKey(p, fmt.Sprint(n%10), said))
		time.Sleep(time.Duration(n%7) * 10 * time.Millisecond)
		p.press("Backspace")
		p.until("the verdict before", func() bool { return strings.Contains(p.text(), "returned 1 ") })
	}
	says(t, "last key until its verdict, "+rules,
		fmt.Sprintf("p50 %s, p95 %s", ms(median(took)), ms(percentile(took, 0.95))), bar)
}

// onRecorded tries a rule on the last 1,000 messages.
func onRecorded(t *testing.T, d *dispatcher) {
	d.flood(t, d.protobufNamed(t, "invite-sdp"), 1000)
	p := inRule(t, d)
	p.shows("the last 1\u202f000 messages")
	var took []float64
	for n := range 10 {
		p.press(fmt.Sprint(n))
		took = append(took, afterKey(p, "Control+Enter", `() => document.querySelector(".stale") === null`))
	}
	says(t, "a rule on 1,000 recorded messages", ms(median(took)), "300 ms")
}

// decisionToRow sends messages by and by. The page's clock is the machine's, as ours is.
func decisionToRow(t *testing.T, d *dispatcher) {
	p, _ := measured(t, d.url("/decisions?tab=messages"), "")
	p.shows("▶ live")
	var took []float64
	for n := range 30 {
		begin := time.Now()
		count := `+document.querySelector("[role=grid]").ariaRowCount`
		eval[int](p, `window.before = `+count+`; window.came = new Promise(done =>
			once(() => `+count+` > before, at => done(performance.timeOrigin + at))); 0`)
		sent := time.Now()
		d.sendBytes(t, renamed(d.protobufNamed(t, "invite-sdp"), theCall, fmt.Sprintf("row-%04d-", n)))
		at := awaited[float64](p, `came`)
		took = append(took, at-float64(sent.UnixMicro())/1000)
		time.Sleep(time.Until(begin.Add(time.Duration(300+n*11) * time.Millisecond)))
	}
	says(t, "a message sent until its row is seen",
		fmt.Sprintf("p50 %s, p95 %s, max %s", ms(median(took)), ms(percentile(took, 0.95)), ms(percentile(took, 1))),
		"p95 400 ms, max 1 s")
}

// rules is a table of so many rules, of which the last takes everything.
func rules(n int) string {
	text, _, _ := strings.Cut(tenThousand(), fmt.Sprintf("    - ref: tenant-%05d", n-1))
	return text + "    - ref: rest\n      addr: 127.0.0.1:1\n      methods: [INVITE]\n      matchFunc: req => true\n"
}
