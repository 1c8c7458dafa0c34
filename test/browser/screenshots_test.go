//go:build screenshots

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
)

// pictures are the places that are shown, by the name of their file.
var pictures = []struct{ name, fragment, shows string }{
	{"overview", "/", "What fails"},
	{"playground", "/play?rule=dead&sample=ringing", "On recorded messages"},
	{"routes", "/routes", "connect"},
	{"calls", "/decisions", "1002"},
	{"call", "/call/" + theCall, "INVITE"},
	{"configuration", "/config", "It can be used"},
	{"backends", "/backends", "emergency"},
	{"watches", "/watches", "Watch"},
}

// TestScreenshots takes a picture of every screen in both themes, on a desk and on a phone, of an office whose phones
// don't ring. The messages are the samples; the times are those of the run.
func TestScreenshots(t *testing.T) {
	d := office(t)
	for range 3 {
		d.send(t, "")
	}
	first := open(t, d.url("/"), 1280, 900)
	first.until("traffic in the sentence", func() bool {
		text := first.text()
		return strings.Contains(text, "of them fail") && !strings.Contains(text, "nothing came in")
	})
	for _, width := range []int64{1280, 390} {
		for _, theme := range []string{"light", "dark"} {
			p := open(t, d.url("/"), width, 900)
			call(p, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "UTC"})
			p.theme(theme)
			for _, one := range pictures {
				p.goTo(one.fragment)
				p.shows(one.shows)
				p.settled()
				p.take(filepath.Join("../../docs/images", fmt.Sprintf("%s-%s-%d.png", one.name, theme, width)))
			}
		}
	}
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
	if err := os.WriteFile(file, shot.Data, 0o644); err != nil { //nolint:gosec // pictures are for everybody
		p.t.Fatal(err)
	}
}
