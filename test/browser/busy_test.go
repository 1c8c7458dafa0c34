//go:build budgets

package browser

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
)

// TestBusyUnderLoad measures what thousands of decisions a second cost the page's main thread. It asserts no time.
//
//	go test -tags budgets -count=1 -v -run TestBusyUnderLoad .
func TestBusyUnderLoad(t *testing.T) {
	d := office(t)
	message := d.protobufNamed(t, "invite-sdp")
	for _, screen := range []string{"/decisions?tab=messages", "/decisions", "/"} {
		p := open(t, d.url(screen), 1280, 900)
		p.settled()
		call(p, performance.Enable, performance.EnableParams{})
		eval[any](p, `window.long = []; window.shifts = 0;
			const watch = (type, each) => new PerformanceObserver(l => l.getEntries().forEach(each)).observe({type});
			watch("longtask", e => long.push(e.duration)); watch("layout-shift", e => shifts += e.value); 0`)
		stop := d.floodOn(t, message)
		time.Sleep(2 * time.Second) // until the page has caught up
		eval[any](p, `long.length = 0; 0`)
		begin, before := time.Now(), taskTime(p)
		time.Sleep(15 * time.Second)
		busy := (taskTime(p) - before) / time.Since(begin).Seconds()
		rate := float64(stop()) / (time.Since(begin).Seconds() + 2)
		tasks := eval[[]float64](p, `long`)
		t.Logf("%s at %.0f messages a second: busy %.1f %%, tasks over 50 ms: %.0f, layout shift %.3f",
			screen, rate, 100*busy, tasks, eval[float64](p, `shifts`))
	}
}

// taskTime is how many seconds the page's main thread worked so far.
func taskTime(p *page) float64 {
	for _, m := range call(p, performance.GetMetrics, cdp.Empty{}).Metrics {
		if m.Name == "TaskDuration" {
			return m.Value
		}
	}
	return 0
}

// floodOn sends messages as fast as a few callers can until it is told to stop; that returns how many.
func (d *dispatcher) floodOn(t *testing.T, message []byte) (stop func() int64) {
	t.Helper()
	var sent atomic.Int64
	var callers sync.WaitGroup
	done := make(chan struct{})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	for caller := range 12 {
		callers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				call := renamed(message, theCall, fmt.Sprintf("%03d-%08d-", caller, n))
				if d.postOn(t, client, renamed(call, "1002", fmt.Sprintf("%04d", n%10_000))) == nil {
					sent.Add(1)
				}
			}
		})
	}
	return func() int64 {
		close(done)
		callers.Wait()
		client.CloseIdleConnections()
		return sent.Load()
	}
}
