package browser

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds how long a test waits for what must come; it measures nothing.
const patience = time.Minute

// page is a tab with an empty profile of its own. Whatever a test opens must stay clean: no errors in the console, no
// violations of the policy, no request to anywhere else.
type page struct {
	t     *testing.T
	ctx   context.Context
	leave func()         // closes it; the test's end does, too
	ours  *regexp.Regexp // addresses that the page may ask

	mu       sync.Mutex
	requests []*network.Request
	trouble  []string
}

// violations has the page tell of each violation of its Content-Security-Policy as an error.
const violations = `addEventListener("securitypolicyviolation",
	e => console.error("CSP", e.violatedDirective, e.blockedURI, e.sourceFile))`

// pointing has the page note each event of a pointer, before any script of the page hears of it. Enter on a button
// clicks, too: such a click has no pointer.
const pointing = `window.pointed = []
	for (const kind of ["pointerdown", "pointerup", "pointermove", "pointerover", "mousedown", "mouseup", "mousemove",
		"mouseover", "click", "dblclick", "auxclick", "contextmenu", "wheel", "touchstart", "touchend", "drop"]) {
		addEventListener(kind, e => { if (kind !== "click" || e.detail > 0) pointed.push(kind) }, true)
	}`

// open opens an address in a window of a size, in the light theme. Scripts run before those of the page.
func open(t *testing.T, url string, width, height int64, scripts ...string) *page {
	t.Helper()
	ctx, leave := chromedp.NewContext(tab, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	origin, _, _ := strings.Cut(url, "#")
	p := &page{t: t, ctx: ctx, leave: leave}
	p.ours = regexp.MustCompile("^(data:|blob:|" + regexp.QuoteMeta(origin) + ")")
	if err := chromedp.Listen(ctx, p.heard); err != nil {
		t.Fatal(err)
	}
	call(p, network.Enable, network.EnableParams{})
	call(p, runtime.Enable, cdp.Empty{})
	for _, script := range append(scripts, violations, pointing) {
		call(p, cdppage.AddScriptToEvaluateOnNewDocument,
			cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	}
	p.viewport(width, height)
	p.theme("light")
	p.run(chromedp.Navigate(url))
	t.Cleanup(func() {
		if t.Failed() {
			p.show()
		}
	})
	return p
}

// tried sends a command of the debugging protocol that may be refused.
func tried[P, R any](p *page, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Call(ctx, command, params)
}

// call sends a command of the debugging protocol.
func call[P, R any](p *page, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	r, err := tried(p, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
	return r
}

func (p *page) viewport(width, height int64) {
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1,
	})
}

// theme has the system prefer light or dark, and no motion.
func (p *page) theme(name string) {
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

func (p *page) heard(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request)
		if !p.ours.MatchString(e.Request.URL) {
			p.trouble = append(p.trouble, "a request went to "+e.Request.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value)+a.Description)
			}
			p.trouble = append(p.trouble, "console: "+strings.Join(said, " "))
		}
	case *runtime.EventExceptionThrown:
		said := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			said += " " + e.ExceptionDetails.Exception.Description
		}
		p.trouble = append(p.trouble, "exception: "+said)
	}
}

// clean reports what went wrong on the page so far.
func (p *page) clean() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.trouble {
		p.t.Error(s)
	}
	p.trouble = nil
}

// untouched reports each event of a pointer that the page has seen since it was opened.
func (p *page) untouched() {
	p.t.Helper()
	for _, kind := range eval[[]string](p, `window.pointed`) {
		p.t.Errorf("the pointer was used: %s", kind)
	}
}

// holdsCopies has what is copied and what is saved as a file stay in the page, for copied and download.
func (p *page) holdsCopies() {
	p.t.Helper()
	eval[bool](p, `(navigator.clipboard.writeText = async text => { globalThis.copied = text }, true)`)
	eval[any](p, saves+";0")
}

func (p *page) copied() string   { return eval[string](p, `globalThis.copied ?? ""`) }
func (p *page) download() string { return eval[string](p, `globalThis.saved ?? ""`) }

// calls lists the requests that the page made of a path, with their methods.
func (p *page) calls(path string) (found []*network.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.requests {
		if strings.Contains(r.URL, path) {
			found = append(found, r)
		}
	}
	return found
}

func (p *page) run(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// eval evaluates an expression in the page.
func eval[T any](p *page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// awaited evaluates an expression in the page that gives a promise, and returns what that comes to.
func awaited[T any](p *page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// until waits until a condition holds, and says what was awaited where it doesn't.
func (p *page) until(what string, holds func() bool) {
	p.t.Helper()
	const most = 40 * time.Millisecond
	deadline := time.Now().Add(patience)
	for pause := 5 * time.Millisecond; !holds(); pause = min(2*pause, most) { // most of what is awaited comes at once
		if time.Now().After(deadline) {
			p.t.Fatalf("this didn't come: %s\nthe page says:\n%s", what, p.text())
		}
		time.Sleep(pause)
	}
}

// text is what the page shows.
func (p *page) text() string { return eval[string](p, `document.body?.innerText ?? ""`) }

// shows waits for texts to be on the page.
func (p *page) shows(texts ...string) {
	p.t.Helper()
	for _, want := range texts {
		p.until(fmt.Sprintf("the text %q", want), func() bool { return strings.Contains(p.text(), want) })
	}
}

// goTo opens another place of the console. Once it returns, the page stands there: what is looked at isn't what was.
func (p *page) goTo(fragment string) {
	p.t.Helper()
	awaited[any](p, `new Promise(there => {
		const before = location.href
		location.hash = `+quote("#"+fragment)+`
		if (location.href === before) return there(0)
		addEventListener("hashchange", () => setTimeout(there, 0, 0), {once: true})
	})`)
}

// show logs what the page looked like when a test failed.
func (p *page) show() {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	if text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body?.innerText ?? ""`)); err == nil {
		p.t.Logf("the page says:\n%s", text)
	}
}
