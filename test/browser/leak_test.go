package browser

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
)

// held is what a page holds after its garbage was collected.
type held struct{ nodes, listeners, heap float64 }

// counted counts what a page holds. performance has to be enabled.
func counted(p *page) (h held) {
	call(p, heapprofiler.CollectGarbage, cdp.Empty{})
	for _, m := range call(p, performance.GetMetrics, cdp.Empty{}).Metrics {
		switch m.Name {
		case "Nodes":
			h.nodes = m.Value
		case "JSEventListeners":
			h.listeners = m.Value
		case "JSHeapUsedSize":
			h.heap = m.Value
		}
	}
	return h
}

// TestScreensThatAreLeftLeaveNothing goes through all screens again and again, and counts the nodes and listeners that
// stay in memory: no screen that was left is kept, and what a library keeps of itself stays as small as it was.
// Mutations it must catch: a head of columns that is made once, outside its function; an editor that is ended while its
// host stands in the page.
func TestScreensThatAreLeftLeaveNothing(t *testing.T) {
	d := serve(t, "")
	d.send(t, theCall)
	p := open(t, d.url("/watches"), 1280, 900)
	call(p, performance.Enable, performance.EnableParams{})
	p.find("heading", "Watches")
	p.settled()
	fresh := counted(p)
	round := func() {
		for _, at := range []string{
			"/", "/play", "/routes", "/decisions", "/decisions?tab=messages", "/call/" + theCall, "/config",
			"/backends", "/watches",
		} {
			p.goTo(at)
			p.settled()
		}
	}
	round()
	round()
	before := counted(p)
	const rounds = 12 // a screen that is kept has tens of nodes; V8 and uPlot keep up to twenty in all
	for range rounds {
		round()
	}
	var after held
	defer func() { t.Logf("when the page was opened %+v, before %+v, after %+v", fresh, before, after) }()
	p.until("that no more nodes and listeners are left than before", func() bool {
		after = counted(p)
		return after.nodes < before.nodes+2*rounds && after.listeners < before.listeners+rounds
	})
	if small := fresh.nodes + 40; after.nodes > small { // a screen has hundreds
		t.Errorf("%.0f nodes in memory, %.0f when the page was opened", after.nodes, fresh.nodes)
	}
}
