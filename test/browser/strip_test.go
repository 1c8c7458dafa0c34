package browser

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// strips are the states that are drawn of each instance, the earliest first.
const strips = `[...document.querySelectorAll(".strip")].map(strip =>
	[...strip.querySelectorAll(".stretch")].map(e => e.title.split(",")[0]).filter(s => s !== "not known"))`

// changesOf are the states that the first backend's instance had, the earliest first, and why it failed.
func (d *dispatcher) changesOf(t *testing.T) (states, reasons []string) {
	t.Helper()
	var all struct {
		Backends []struct {
			Changes []struct{ State, Reason string }
		}
	}
	d.get(t, "/api/v1/backends", "", &all)
	for _, c := range slices.Backward(all.Backends[0].Changes) {
		states = append(states, c.State)
		if c.State == "failing" {
			reasons = append(reasons, c.Reason)
		}
	}
	return states, reasons
}

// TestAnInstancesStatesAreDrawn looks at the strip of a processor while it comes and goes. Mutations it must catch: a
// strip of what is now alone; one that keeps the newest change for itself until the next.
func TestAnInstancesStatesAreDrawn(t *testing.T) {
	processor := serve(t, "")
	d := serve(t, phones(processor.addr))
	d.send(t, theCall)
	p := open(t, d.url("/backends/connect"), 1280, 900)
	same := func(until string) func() bool {
		return func() bool {
			drawn := eval[[][]string](p, strips)
			if len(drawn) != 1 || !slices.Contains(drawn[0], until) {
				return false
			}
			told, _ := d.changesOf(t) // what came in between isn't drawn yet
			if len(drawn[0]) > len(told) || !slices.Equal(drawn[0], told[:len(drawn[0])]) {
				t.Errorf("drawn are %v, and the dispatcher tells %v", drawn[0], told)
			}
			return true
		}
	}
	p.until("a strip of a processor that is there", same("ready"))
	p.shows("States of the last 15 minutes, that is, since the start")
	processor.stop(t)
	p.until("a strip of a processor that went", same("failing"))
	title := eval[string](p, `[...document.querySelectorAll(".stretch.error")].at(-1).title`)
	_, reason, _ := strings.Cut(title, ": ")
	if _, reasons := d.changesOf(t); reason == "" || !slices.Contains(reasons, reason) {
		t.Errorf("why it fails isn't said: %q, of %q", title, reasons)
	}
	p.clean()
}

// TestAStripIsRightAfterAnHour looks at a processor that has been there for an hour, by the clock of the answers, and
// at which nothing changed. Mutation it must catch: a strip that begins with the first change in it.
func TestAStripIsRightAfterAnHour(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	to, err := url.Parse("http://" + d.addr)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Header.Del("Origin")
	}}
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		return nil
	}
	later := httptest.NewServer(proxy)
	t.Cleanup(later.Close)
	p := open(t, later.URL+"/#/backends/connect", 1280, 900)
	p.until("a strip that is ready from end to end", func() bool {
		return slices.EqualFunc(eval[[][]string](p, strips), [][]string{{"ready"}}, slices.Equal)
	})
	strip := `document.querySelector(".strips")`
	if says := eval[string](p, strip+`.querySelector(".stretch").innerText`); says != "● ready" {
		t.Errorf("the stretch says %q", says)
	}
	if says := eval[string](p, strip+`.querySelector(".strip").ariaLabel`); says != "ready for 15\u202fmin" {
		t.Errorf("the strip is told as %q", says)
	}
	text := eval[string](p, strip+`.innerText`)
	if !strings.Contains(text, "no change") || strings.Contains(text, "since the start") {
		t.Errorf("the strip's words are %q", text)
	}
	p.clean()
}
