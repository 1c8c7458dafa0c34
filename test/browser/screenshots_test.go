//go:build screenshots

package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
)

// pictures are the places that are shown, by the name of their file, and what is done there before and after.
var pictures = []struct {
	name, fragment, shows string
	before, after         func(p *page)
}{
	{name: "overview", fragment: "/", shows: "What fails"},
	{name: "playground", fragment: "/play?rule=dead&sample=ringing", shows: "On recorded messages"},
	{name: "playground-match", fragment: "/play?rule=connect&sample=invite-sdp", shows: "On recorded messages"},
	{name: "routes", fragment: "/routes?rule=dead", shows: "Its processor is", before: (*page).awaitPaces},
	{name: "overlaps", fragment: "/routes", shows: "would have", before: inTab("overlaps")},
	{name: "calls", fragment: "/decisions", shows: "1002"},
	{name: "messages", fragment: "/decisions?tab=messages", shows: "INVITE"},
	{name: "call", fragment: "/call/" + theCall, shows: "INVITE"},
	{name: "message", fragment: "/call/" + theCall, shows: "Credentials are masked", before: inTab("message")},
	{name: "hops", fragment: "/call/" + theCall, shows: "heard", before: inTab("hops")},
	{name: "problems", fragment: "/config", shows: "to look at again"},
	{name: "history", fragment: "/config", shows: "compare", before: inTab("history")},
	{name: "configuration", fragment: "/config", shows: "would go elsewhere", before: (*page).draftAMend},
	{name: "diff", fragment: "/config", shows: "requestUri?", before: inTab("diff")},
	{name: "draft", fragment: "/", shows: "has another rule", before: button("Draft 1"), after: key("Escape")},
	{name: "backends", fragment: "/backends/connect", shows: "emergency", before: (*page).awaitPaces},
	{name: "watches", fragment: "/watches/", shows: "part away"},
	{name: "help", fragment: "/decisions", shows: "Keys", before: key("?"), after: key("Escape")},
}

// inTab chooses a tab by a key: on a phone the bar below may cover what a click would scroll into view.
func inTab(name string) func(p *page) {
	return func(p *page) {
		p.find("tab", name).focus()
		p.press("Space")
	}
}

func button(name string) func(p *page) { return func(p *page) { p.find("button", name).click() } }

func key(name string) func(p *page) {
	return func(p *page) {
		p.settled()
		p.press(name)
	}
}

// draftAMend mends the rule that throws in a draft, and asks what that would do.
func (p *page) draftAMend() {
	p.find("textbox", "Configuration")
	p.editConfig("requestUri.user", "requestUri?.user")
	p.find("button", "Draft 1")
	p.find("button", "What would it do?").focus()
	p.press("Enter")
}

// officeToken is what the office's dispatcher asks for; the frame has it.
const officeToken = "correct-horse-battery-staple"

// TestScreenshots takes a picture of every screen in both themes, on a desk and on a phone, of an office whose phones
// don't ring. Clock, addresses and messages are the same in each run; how long things took is what they took.
func TestScreenshots(t *testing.T) {
	upstream := serve(t, "")
	d := serve(t, phones(upstream.addr), "DISPATCHER_ADMIN_TOKEN="+officeToken)
	at := framed(t, d, strings.NewReplacer(upstream.addr, "10.0.0.20:52424", d.file, "/etc/routr/dispatcher.yaml",
		d.addr, "0.0.0.0:51901"))
	t.Cleanup(at.Close)
	through := &dispatcher{addr: strings.TrimPrefix(at.URL, "http://")}
	var watch struct{ ID string }
	through.post(t, "/api/v1/watches", []byte(`{"filter":{"user":"1002"},"for":"15m","keep":200}`), &watch)
	through.send(t, theCall)
	stop := through.keepCalling(t)
	defer stop()
	time.Sleep(30 * time.Second) // so that the plots have something to draw
	for _, width := range []int64{1280, 390} {
		for _, theme := range []string{"light", "dark"} {
			p := open(t, at.URL+"/#/", width, 900)
			call(p, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "UTC"})
			p.theme(theme)
			for _, one := range pictures {
				p.goTo(strings.Replace(one.fragment, "/watches/", "/watches/"+watch.ID, 1))
				p.settled()
				if one.before != nil {
					one.before(p)
				}
				p.shows(one.shows)
				p.settled()
				p.take(filepath.Join(folder(), fmt.Sprintf("%s-%s-%d.png", one.name, theme, width)))
				if one.after != nil {
					one.after(p)
				}
			}
			p.clean()
			at.locked.Store(true)
			p.goTo("/")
			eval[any](p, `location.reload()`)
			p.find("dialog", "Sign in")
			p.take(filepath.Join(folder(), fmt.Sprintf("signin-%s-%d.png", theme, width)))
			at.locked.Store(false)
		}
	}
}

// folder is where the pictures go.
func folder() string {
	if other := os.Getenv("SCREENSHOTS"); other != "" {
		return other
	}
	return "../../docs/images"
}

// keepCalling has an office call every half second until it is told to stop: one of a few numbers, under a Call-ID of
// its own; now and then all the other samples come, too.
func (d *dispatcher) keepCalling(t *testing.T) (stop func()) {
	t.Helper()
	samples := d.samples(t, "")
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			for _, s := range samples {
				if mine := strings.Contains(string(s.JSON), theCall); mine || n%8 == 3 {
					d.calling(t, n, s)
				}
			}
			select {
			case <-done:
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	return func() { close(done); <-stopped }
}

// calling sends one sample of the round n; each call has a Call-ID of its own in each round.
func (d *dispatcher) calling(t *testing.T, n int, s sample) {
	t.Helper()
	var m struct{ Ref string }
	if err := json.Unmarshal(s.JSON, &m); err != nil {
		t.Fatal(err)
	}
	of := crc32.ChecksumIEEE([]byte(m.Ref))
	message := renamed(s.Protobuf, m.Ref, fmt.Sprintf("%08x%04x@10.0.0.11", uint32(n+7)*2654435761^of, n*7919%65536))
	message = renamed(message, "1002", fmt.Sprintf("10%02d", 2+n%6))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.addr+door, bytes.NewReader(message))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Content-Type", "application/proto")
	if resp, err := http.DefaultClient.Do(r); err == nil { // what became of it is in the pictures
		_ = resp.Body.Close()
	}
}

// awaitPaces waits until the rows have how often things happen: that takes two looks.
func (p *page) awaitPaces() {
	const cells = `[...document.querySelectorAll(".rows.backends .body .row > span:nth-child(6), ` +
		`.rows.rules .body .row > span:nth-child(5)")].map(e => e.textContent.trim())`
	p.until("paces", func() bool {
		return eval[bool](p, `(all => all.length > 0 && !all.some(t => /^[…–]?$/.test(t)))(`+cells+`)`)
	})
}

// take writes a picture of the whole page, at most as high as two windows.
func (p *page) take(file string) {
	p.t.Helper()
	awaited[any](p, `new Promise(done => setTimeout(done, 700))`) // what comes after a rest: statistics, plots
	width := eval[float64](p, `innerWidth`)
	height := min(1800, max(900, eval[float64](p, `document.documentElement.scrollHeight`)))
	p.viewport(int64(width), int64(height)) // what stands at the lower edge stands there in the picture, too
	defer p.viewport(int64(width), 900)
	awaited[any](p, `new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))`)
	shot := call(p, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{
		Format: "png", CaptureBeyondViewport: new(true),
		Clip: &cdppage.Viewport{Width: width, Height: height, Scale: 1},
	})
	err := os.WriteFile(file, small(p.t, shot.Data), 0o644) //nolint:gosec // pictures are for everybody
	if err != nil {
		p.t.Fatal(err)
	}
}
