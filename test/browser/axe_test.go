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

const audit = `(async () => {
	const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
	return found.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary))
})()`

// accessible reports what axe finds on the page as it is.
func (p *page) accessible(state string) {
	p.t.Helper()
	source, err := axe()
	if err != nil {
		p.t.Fatal(err)
	}
	eval[any](p, source+";0")
	for _, violation := range awaited[[]string](p, audit) {
		p.t.Errorf("%s: %s", state, violation)
	}
}

// TestEveryScreenIsAccessible looks at each screen empty, with data and with calls that fail, in both themes, on a
// phone and on a desk.
func TestEveryScreenIsAccessible(t *testing.T) {
	d := serve(t, "")
	for _, state := range []string{"empty", "data", "error"} {
		if state == "data" {
			for _, s := range d.samples(t, "") {
				d.sendBytes(t, s.Protobuf)
			}
		}
		for _, width := range []int64{360, 1280} {
			t.Run(fmt.Sprintf("%s at %d", state, width), func(t *testing.T) {
				// So high that a phone's bottom bar covers nothing that one could scroll to.
				p := open(t, d.url("/"), width, 4000)
				p.find("link", "Routes")
				if state == "error" {
					p.failCalls()
				}
				for _, s := range screens {
					p.goTo(s)
					p.settled()
					for _, theme := range []string{"light", "dark"} {
						p.theme(theme)
						p.accessible(s + " " + theme)
					}
				}
			})
		}
	}
}

// failCalls has the API not answer any more, but for the session.
func (p *page) failCalls() {
	p.t.Helper()
	yes := true
	var patterns []*network.BlockPattern
	for path := range strings.FieldsSeq("config decisions rules backends stats samples calls watches epochs") {
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
