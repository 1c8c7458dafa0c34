//go:build budgets

package browser

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/heapprofiler"
)

var heapFor = flag.Duration("heap", 90*time.Second, "how long TestHeap's messages come; the budget says ten minutes")

// TestHeap measures what the page keeps in memory of thousands of decisions a second, and of screens that were left.
//
//	go test -tags budgets -count=1 -timeout 15m -v -run TestHeap . -heap 10m
func TestHeap(t *testing.T) {
	t.Run("load", func(t *testing.T) {
		d := office(t)
		p, _ := measured(t, d.url("/decisions?tab=messages"), "")
		p.settled()
		begin, stop := time.Now(), d.floodOn(t, d.protobufNamed(t, "invite-sdp"))
		time.Sleep(time.Minute)
		first := heap(p)
		time.Sleep(*heapFor - time.Since(begin))
		last := heap(p)
		took := time.Since(begin).Round(time.Second)
		rate := float64(stop()) / took.Seconds()
		says(t, fmt.Sprintf("heap after %s of %.0f messages a second", took, rate),
			fmt.Sprintf("%.1f MB, %+.1f MB over the first minute's", last, last-first), "60 MB, +2 MB after 10 min")
	})
	t.Run("screens", func(t *testing.T) {
		d := office(t)
		d.send(t, "")
		p, _ := measured(t, d.url("/watches"), "")
		round := func() {
			for _, at := range []string{"/routes", "/decisions", "/config", "/backends", "/play", "/", "/watches"} {
				p.goTo(at)
				p.settled()
			}
		}
		for range 8 { // V8 keeps the last plot and the last editors for itself once it has compiled what makes them
			round()
		}
		before, was := counted(p), detached(p)
		for range 15 {
			round()
		}
		after, is := counted(p), detached(p)
		says(t, "105 changes of the screen: detached nodes, listeners",
			fmt.Sprintf("%+d (%d in all), %+.0f", is-was, is, after.listeners-before.listeners), "+0, +0")
		t.Logf("    all nodes %+.0f, heap %+.0f kB", after.nodes-before.nodes, (after.heap-before.heap)/1000)
	})
}

// heap is what the page keeps after its garbage was collected, in MB.
func heap(p *page) float64 {
	call(p, heapprofiler.CollectGarbage, cdp.Empty{})
	return metric(p, "JSHeapUsedSize") / 1e6
}

// detached counts the nodes that are in memory and not in the page.
func detached(p *page) (n int) {
	call(p, heapprofiler.CollectGarbage, cdp.Empty{})
	call(p, dom.Enable, dom.EnableParams{})
	call(p, dom.GetDocument, dom.GetDocumentParams{})
	for _, e := range call(p, dom.GetDetachedDomNodes, cdp.Empty{}).DetachedNodes {
		n += len(e.RetainedNodeIDs)
	}
	call(p, dom.Disable, cdp.Empty{})
	return n
}
