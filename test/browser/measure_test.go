//go:build budgets

package browser

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// says logs what was measured beside what it may be.
func says(t *testing.T, what, measured, bar string) {
	t.Helper()
	t.Logf("%-58s %s  [%s]", what, measured, bar)
}

func ms(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) + " ms" }

func median(all []float64) float64 { return percentile(all, 0.5) }

func percentile(all []float64, q float64) float64 {
	slices.Sort(all)
	return all[min(len(all)-1, int(q*float64(len(all))))]
}

// timing is what a page measures by itself, in milliseconds by its own clock: nothing of the debugging protocol's ways
// is in it. What is shown is so once the frame is painted in which it came.
const timing = `window.shifts = []; window.longTasks = []; window.marks = {}; window.pressed = 0;
const name = e => e?.nodeType === 1 ? e.tagName + "." + e.className : e?.nodeName;
new PerformanceObserver(l => l.getEntries().forEach(e => shifts.push({at: e.startTime, value: e.value,
	by: e.sources.map(s => name(s.node)).join(" ")}))).observe({type: "layout-shift", buffered: true});
new PerformanceObserver(l => l.getEntries().forEach(e => longTasks.push(Math.round(e.duration))))
	.observe({type: "longtask"});
addEventListener("keydown", e => pressed = e.timeStamp, true);
window.painted = then => requestAnimationFrame(() => {
	const c = new MessageChannel(); c.port1.onmessage = () => then(performance.now()); c.port2.postMessage(0) });
window.once = (holds, then) => { if (holds()) return painted(then);
	const o = new MutationObserver(() => { if (holds()) { o.disconnect(); painted(then) } });
	o.observe(document, {subtree: true, childList: true, characterData: true, attributes: true}) };
window.sinceKey = holds => new Promise(done => once(holds, at => done(at - pressed)));
`

// measured opens an address in a new profile, with timing; script runs before the page's own. It returns how long the
// browser took for the profile and a tab in it.
func measured(t *testing.T, url, script string) (*page, float64) {
	t.Helper()
	begin := time.Now()
	p := open(t, "about:blank", 1280, 900)
	own := float64(time.Since(begin).Milliseconds())
	call(p, cdppage.AddScriptToEvaluateOnNewDocument,
		cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: timing + script})
	call(p, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	p.run(chromedp.Navigate(url))
	return p, own
}

// metric is one of what Chromium counts of a page: durations are in seconds of the main thread's CPU.
func metric(p *page, name string) float64 {
	p.t.Helper()
	for _, m := range call(p, performance.GetMetrics, cdp.Empty{}).Metrics {
		if m.Name == name {
			return m.Value
		}
	}
	p.t.Fatalf("Chromium has no metric %s", name)
	return 0
}

// busyShare is the share of a core that the page's main thread takes while f runs, in percent.
func busyShare(p *page, f func()) float64 {
	begin, before := time.Now(), metric(p, "TaskDuration")
	f()
	return 100 * (metric(p, "TaskDuration") - before) / time.Since(begin).Seconds()
}

// received counts the bytes that a page gets, as they come over the wire, from now on.
func (p *page) received(note func(bytes int64)) {
	p.t.Helper()
	if err := chromedp.Listen(p.ctx, noted(note)); err != nil {
		p.t.Fatal(err)
	}
}
