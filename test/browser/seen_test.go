package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestACallSaysAllThereIsToSay looks at the list of calls, at a ladder and at what is behind one of its lines: nothing
// of it is cut off on a desk, and no name is broken on a phone. Mutations it must catch: the list tells the last
// failure; a part that threw is one that gave nothing.
func TestACallSaysAllThereIsToSay(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	p := open(t, d.url("/decisions?user=1002"), 1280, 900)
	p.until("the first failure", func() bool {
		return strings.Contains(p.firstRow(), "180, 183, 200 lost: rule dead failed: user of undefined")
	})
	p.goTo("/call/" + theCall)
	p.shows("the caller hears no ringing", "nearest: connect (by methods)", "startsWith(\"9\") threw")
	const cut = `[...document.querySelectorAll(".ladder .row > span:not(:nth-child(3))")]
		.filter(e => [e, ...e.querySelectorAll("*")].some(x => x.scrollWidth > x.clientWidth + 1 && x.clientWidth > 1))
		.map(e => e.innerText)`
	if is := eval[[]string](p, cut); len(is) > 0 {
		t.Errorf("this is cut off: %q", is)
	}
	p.viewport(390, 900)
	const broken = `[...document.querySelectorAll(".verdicts a bdi")].filter(e => e.getClientRects().length !== 1)
		.map(e => e.innerText)`
	if is := eval[[]string](p, broken); len(is) > 0 {
		t.Errorf("this is broken: %q", is)
	}
	if n := eval[int](p, `document.querySelectorAll(".verdicts a bdi").length`); n == 0 {
		t.Error("no rule is named")
	}
	p.clean()
}

// TestTheOverviewSaysWhatTheShadowWouldDo serves a second configuration beside the one that routes. Mutations it must
// catch: a minute of silence told of a dispatcher that has just begun; moves that aren't listed.
func TestTheOverviewSaysWhatTheShadowWouldDo(t *testing.T) {
	upstream := serve(t, "").addr
	next := filepath.Join(t.TempDir(), "next.yaml")
	text := strings.Replace(phones(upstream), `["911", "112"]`, `["911", "112", "1002"]`, 1)
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := serve(t, phones(upstream)+"  shadow: "+next+"\n")
	p := open(t, d.url("/"), 1280, 900)
	p.shows("Ready · nothing has come in yet", "Nothing has come in yet to be compared with "+next)
	d.send(t, theCall)
	p.shows("messages would go elsewhere", "from connect to emergency", "Routing")
	p.clean()
}
