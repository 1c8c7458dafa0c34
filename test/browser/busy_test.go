//go:build budgets

package browser

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
)

// TestBusyUnderLoad measures what thousands of decisions a second cost the page.
func TestBusyUnderLoad(t *testing.T) {
	d := office(t)
	message := d.protobufNamed(t, "invite-sdp")
	for _, screen := range []string{"/decisions?tab=messages", "/decisions", "/", "/routes"} {
		p, _ := measured(t, d.url(screen), "")
		p.settled()
		var bytes atomic.Int64
		p.received(func(n int64) { bytes.Add(n) })
		begin, stop := time.Now(), d.floodOn(t, message)
		time.Sleep(3 * time.Second) // until the page has caught up
		eval[int](p, `longTasks.length = shifts.length = 0`)
		before := bytes.Load()
		const watched = 15 * time.Second
		share := busyShare(p, func() { time.Sleep(watched) })
		wire := float64(bytes.Load()-before) / 1e6 / watched.Seconds()
		tasks := eval[[]float64](p, `longTasks`)
		shifts := eval[float64](p, `shifts.reduce((sum, s) => sum + s.value, 0)`)
		by := eval[[]string](p, `shifts.map(s => s.by)`)
		frames := ""
		if screen == "/decisions?tab=messages" {
			frames = scrolled(p)
		}
		rate := float64(stop()) / time.Since(begin).Seconds()
		what := fmt.Sprintf("%s at %.0f messages a second: ", screen, rate)
		says(t, what+"main thread", fmt.Sprintf("%.1f %% of a core", share), "25 %")
		says(t, what+"tasks over 50 ms", fmt.Sprintf("%d in %s %.0f", len(tasks), watched, tasks), "0 in 60 s")
		says(t, what+"layout shift", fmt.Sprintf("%.4f %q", shifts, by), "0")
		says(t, what+"on the wire", fmt.Sprintf("%.2f MB/s", wire), "0.6 MB/s")
		if frames != "" {
			says(t, what+"scrolling", frames, "60 frames a second, 16.7 ms each")
		}
	}
}

// scrolled scrolls through the list as a wheel does, and says how many frames came of it.
func scrolled(p *page) string {
	eval[int](p, `window.frames = []; window.each = at => { frames.push(at); requestAnimationFrame(each) };
		requestAnimationFrame(each); 0`)
	before := metric(p, "TaskDuration")
	call(p, input.SynthesizeScrollGesture, input.SynthesizeScrollGestureParams{
		X: 600, Y: 400, YDistance: -8000, Speed: 2000,
	})
	gaps := eval[[]float64](p, `frames.slice(1).map((at, i) => at - frames[i])`)
	sum := 0.0
	for _, g := range gaps {
		sum += g
	}
	each := 1000 * (metric(p, "TaskDuration") - before) / float64(len(gaps))
	return fmt.Sprintf("%.0f frames a second, p95 %s apart, the longest %s, CPU for each %.1f ms",
		1000*float64(len(gaps))/sum, ms(percentile(gaps, 0.95)), ms(percentile(gaps, 1)), each)
}

// noted hears how many bytes come.
func noted(note func(bytes int64)) func(any) {
	return func(event any) {
		if e, ok := event.(*network.EventDataReceived); ok {
			note(e.EncodedDataLength)
		}
	}
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
