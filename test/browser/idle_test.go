//go:build budgets

package browser

import (
	"fmt"
	"testing"
	"time"
)

var everyScreen = []string{
	"/", "/play", "/routes", "/decisions", "/decisions?tab=messages", "/call/" + theCall, "/config", "/backends",
	"/watches",
}

// TestIdle measures what a page takes that nobody touches: seen, and behind another tab.
func TestIdle(t *testing.T) {
	d := office(t)
	d.send(t, "")
	for _, screen := range everyScreen {
		p, _ := measured(t, d.url(screen), "")
		p.settled()
		time.Sleep(time.Second)
		at := eval[float64](p, `performance.now()`)
		share := busyShare(p, func() { time.Sleep(8 * time.Second) })
		says(t, screen+" idle and seen: main thread", fmt.Sprintf("%.2f %% of a core", share), "1 %")
		const moved = `shifts.filter(s => s.at %s %f).reduce((sum, s) => sum + s.value, 0)`
		says(t, screen+": layout shift after load", fmt.Sprintf("%.4f, while it loads %.4f %q",
			eval[float64](p, fmt.Sprintf(moved, ">", at)), eval[float64](p, fmt.Sprintf(moved, "<=", at)),
			eval[[]string](p, `shifts.map(s => s.value.toFixed(4) + " " + s.by)`)), "0")
		p.hide()
	}
	p, _ := measured(t, d.url("/decisions?tab=messages"), "")
	p.shows("▶ live")
	p.hide()
	time.Sleep(35 * time.Second)
	before := len(p.calls("/"))
	stop := d.floodOn(t, d.protobufNamed(t, "invite-sdp"))
	time.Sleep(15 * time.Second)
	stop()
	says(t, "requests of a hidden tab after 30 s", fmt.Sprintf("%d in 15 s", len(p.calls("/"))-before), "0")
}

// hide has the page be behind another tab, as far as it knows.
func (p *page) hide() {
	p.t.Helper()
	eval[bool](p, `Object.defineProperty(document, "visibilityState", {get: () => "hidden"})
		&& document.dispatchEvent(new Event("visibilitychange"))`)
}
