//go:build budgets

package browser

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/performance"
)

// TestBudgets measures what people wait for, and what the console costs the browser. It asserts no time.
//
//	go test -tags budgets -count=1 -v -run TestBudgets .
func TestBudgets(t *testing.T) {
	small, big := office(t), serve(t, tenThousand())
	small.send(t, "")
	for _, screen := range []struct{ name, fragment, shows, last string }{
		{"Overview", "/", "The last 15 minutes", "canvas"},
		{"Playground", "/play?sample=invite-emergency", "MATCH", ".host"},
	} {
		var ms, kB []float64
		for range 5 {
			begin := time.Now()
			p := open(t, small.url(screen.fragment), 1280, 900)
			p.shows(screen.shows)
			ms = append(ms, float64(time.Since(begin).Milliseconds()))
			p.until("what comes last", func() bool {
				return eval[bool](p, `document.querySelector(`+quote(screen.last)+`) !== null`)
			})
			p.settled()
			kB = append(kB, eval[float64](p, `performance.getEntriesByType("resource")
				.concat(performance.getEntriesByType("navigation"))
				.filter(e => !e.name.includes("/api/")).reduce((sum, e) => sum + e.encodedBodySize, 0) / 1000`))
		}
		t.Logf("%s: shown after %.0f ms with the browser's new context, all files %.1f kB compressed",
			screen.name, median(ms), median(kB))
	}
	for name, d := range map[string]*dispatcher{"3 rules": small, "10,000 rules": big} {
		t.Logf("last key to verdict, %s: %s", name, keyToVerdict(t, d))
	}
	var first, filter []float64
	for range 5 {
		begin := time.Now()
		p := open(t, big.url("/routes"), 1280, 900)
		p.shows("tenant-00003")
		first = append(first, float64(time.Since(begin).Milliseconds()))
		filter = append(filter, awaited[float64](p, `new Promise(done => {
			const field = document.querySelector("main input"); const from = performance.now();
			field.value = "tenant-04242"; field.dispatchEvent(new InputEvent("input", {bubbles: true}));
			const look = () => document.querySelector("main").innerText.includes("tenant-04242")
				&& !document.querySelector("main").innerText.includes("tenant-00003")
				? done(performance.now() - from) : requestAnimationFrame(look);
			look() })`))
	}
	t.Logf("Routes at 10,000: first rows %.0f ms with a new context, a filter's rows %.0f ms",
		median(first), median(filter))
	t.Logf("a decision made until its row is seen: %s", decisionToRow(t, small))
	t.Logf("100 changes of the screen: %s", screenChanges(t, small))
}

func median(all []float64) float64 { return percentile(all, 0.5) }

func percentile(all []float64, q float64) float64 {
	slices.Sort(all)
	return all[min(len(all)-1, int(q*float64(len(all))))]
}

// keyToVerdict types a rule's last key again and again, and waits for the verdict on that text.
func keyToVerdict(t *testing.T, d *dispatcher) string {
	p := open(t, d.url("/play?sample=invite-emergency"), 1280, 900)
	p.shows("MATCH")
	var ms []float64
	for n := range 40 {
		want := fmt.Sprintf("returned %d", 1000+n)
		begin := time.Now()
		p.rule(fmt.Sprintf("req => %d", 1000+n))
		p.until(want, func() bool {
			return eval[bool](p, `document.querySelector(".verdict")?.innerText.includes(`+quote(want)+`) === true`)
		})
		ms = append(ms, float64(time.Since(begin).Milliseconds()))
	}
	return fmt.Sprintf("p50 %.0f ms, p95 %.0f ms, 60 ms of them a pause, up to 30 the look of this test",
		median(ms), percentile(ms, 0.95))
}

func decisionToRow(t *testing.T, d *dispatcher) string {
	p := open(t, d.url("/decisions?tab=messages"), 1280, 900)
	p.settled()
	message := d.samples(t, "")[0].Protobuf
	count := `[...document.querySelectorAll("[role=grid]")].map(e => +e.getAttribute("aria-rowcount"))[0] ?? 0`
	var ms []float64
	for range 20 {
		before := eval[int](p, count)
		begin := time.Now()
		d.sendBytes(t, message)
		p.until("its row", func() bool { return eval[int](p, count) > before })
		ms = append(ms, float64(time.Since(begin).Milliseconds()))
	}
	return fmt.Sprintf("p50 %.0f ms, max %.0f ms", median(ms), percentile(ms, 1))
}

// screenChanges counts what is left of screens that aren't shown any more.
func screenChanges(t *testing.T, d *dispatcher) string {
	p := open(t, d.url("/"), 1280, 900)
	call(p, performance.Enable, performance.EnableParams{})
	round := func() {
		for _, at := range []string{"/routes", "/decisions", "/config", "/backends", "/play", "/"} {
			p.goTo(at)
			p.settled()
		}
	}
	round()
	before := counted(p)
	for range 17 {
		round()
	}
	after := counted(p)
	return fmt.Sprintf("%+.0f nodes, %+.0f listeners, %+.0f kB", after.nodes-before.nodes,
		after.listeners-before.listeners, (after.heap-before.heap)/1000)
}
