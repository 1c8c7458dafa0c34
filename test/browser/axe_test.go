package browser

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// axe is axe-core, handed to the page over the debugging protocol: the page's policy lets nothing else in.
var axe = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile("../../web/node_modules/axe-core/axe.min.js")
	if err != nil {
		return "", fmt.Errorf("axe-core, which npm ci --prefix web --ignore-scripts installs: %w", err)
	}
	return string(b), nil
})

// audit runs the rules of WCAG 2.2 AA; again are those of them that look at colours: what is the same in another theme
// needn't be asked twice. Nobody gets to what is behind an open dialog: that is looked at where it is in front.
const audit = `(async again => {
	const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
	const found = await axe.run(document.querySelector("dialog[open]") ?? document, {resultTypes: ["violations"],
		runOnly: again ? {type: "rule", values: ["color-contrast", "link-in-text-block"]} : tags})
	return found.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary))
})`

// accessible reports what axe finds on the page as it is.
func (p *page) accessible(state string) { p.t.Helper(); p.audited(state, false) }

func (p *page) audited(state string, again bool) {
	p.t.Helper()
	if !eval[bool](p, `"axe" in window`) {
		source, err := axe()
		if err != nil {
			p.t.Fatal(err)
		}
		eval[any](p, source+";0")
	}
	for _, violation := range awaited[[]string](p, fmt.Sprintf("%s(%t)", audit, again)) {
		p.t.Errorf("%s: %s", state, violation)
	}
}

// inspect looks at the page as it is in both themes, and for what stands out of it at the side.
func (p *page) inspect(state string) {
	p.t.Helper()
	p.fits(state)
	p.theme("light")
	p.audited(state+", light", false)
	p.theme("dark")
	p.audited(state+", dark", true)
}

// wider are the page and the dialog that is open, where they are wider than there is room for, with what makes them so.
const wider = `[document.documentElement, ...document.querySelectorAll("dialog[open], dialog[open] .content")]
	.filter(e => e.scrollWidth > e.clientWidth).map(e => {
		const right = e.getBoundingClientRect().left + e.clientWidth
		const beyond = x => x.checkVisibility() && x.getBoundingClientRect().right > right + 1
		const by = [...e.querySelectorAll("*")].filter(beyond).slice(-3).map(x => x.outerHTML.slice(0, 120))
		return (e.scrollWidth - e.clientWidth) + " pixels: " + by.join(" … ") })`

// lasts is what an expression lists, also once the page has been drawn again and again: plots take their new size a
// moment after their window.
func (p *page) lasts(list string) (found []string) {
	p.t.Helper()
	for range 20 {
		if found = eval[[]string](p, list); len(found) == 0 {
			return nil
		}
		p.drawn()
	}
	return found
}

// fits reports what would have to be scrolled sideways.
func (p *page) fits(state string) {
	p.t.Helper()
	if too := p.lasts(wider); len(too) > 0 {
		p.t.Errorf("%s is too wide by %s", state, strings.Join(too, ", and "))
	}
}

// TestEveryScreenIsAccessible looks at each screen empty, with data and with calls that fail, in both themes, on a
// phone and on a desk; on the desk also at 200 %, and with text twice as large, for what doesn't fit.
func TestEveryScreenIsAccessible(t *testing.T) {
	furniture, places := furnished(t)
	bare := serve(t, "")
	empty := []place{
		{"a call", "/call/none", tells("Nothing of this call")}, {"a decision", "/decision/none", (*page).settled},
	}
	for _, s := range screens {
		empty = append(empty, place{s, s, (*page).settled})
	}
	for _, state := range []string{"empty", "data", "error"} {
		d, at := furniture, places
		if state == "empty" {
			d, at = bare, empty
		}
		for _, width := range []int64{360, 1280} {
			t.Run(fmt.Sprintf("%s at %d", state, width), func(t *testing.T) {
				// So high that a phone's bottom bar covers nothing that one could scroll to.
				p := open(t, d.url("/nowhere"), width, 4000)
				p.find("link", "Routes")
				if state == "error" {
					p.failCalls()
				}
				for _, one := range at {
					p.goTo(one.fragment)
					if state != "error" {
						one.ready(p)
					}
					p.settled()
					p.inspect(one.name)
					if width == 1280 && state == "data" {
						p.enlarged(one.name)
					}
				}
				if state == "data" {
					p.clean()
				}
			})
		}
	}
}

// enlarged looks at the page as the same desk shows it at 200 %, and with text twice as large.
func (p *page) enlarged(state string) {
	p.t.Helper()
	p.viewport(640, 2000)
	p.fits(state + " at 200 %")
	p.viewport(1280, 4000)
	eval[any](p, `(document.documentElement.style.fontSize = "200%", 0)`)
	p.fits(state + " with text twice as large")
	eval[any](p, `(document.documentElement.style.fontSize = "", 0)`)
}

// TestSignInIsAccessible looks at the two pages on which one isn't let in.
func TestSignInIsAccessible(t *testing.T) {
	for _, one := range []struct {
		shows string
		env   []string
	}{
		{"asks for its admin token", []string{"DISPATCHER_ADMIN_TOKEN=secret-token"}},
		{"doesn't let this browser in", nil},
	} {
		p := stranger(t, serve(t, guarded, one.env...), "/")
		p.shows(one.shows)
		for _, width := range []int64{360, 1280} {
			p.viewport(width, 2000)
			p.inspect(fmt.Sprintf("%s at %d", one.shows, width))
		}
		p.enlarged(one.shows)
	}
}

// failCalls has the API not answer any more, but for the session.
func (p *page) failCalls() {
	p.t.Helper()
	yes := true
	var patterns []*network.BlockPattern
	const all = "config decisions rules backends stats samples calls watches epochs failures route messages fleet " +
		"shadow"
	for path := range strings.FieldsSeq(all) {
		patterns = append(patterns, &network.BlockPattern{URLPattern: "*://*/api/v1/" + path + "*", Block: yes})
	}
	call(p, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: patterns})
}

// settled waits until nothing on the page says that it waits.
func (p *page) settled() {
	p.t.Helper()
	const settled = `document.querySelector("[aria-busy=true]") === null`
	p.until("what is awaited", func() bool { return eval[bool](p, settled) })
}
