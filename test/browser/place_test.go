package browser

import "testing"

// tops is where the panels of the configuration begin, and where a draft is taken away from.
const tops = `[...document.querySelectorAll(".config > .panel, .config .out")]
	.map(e => e.className + " " + e.getBoundingClientRect().top).join()`

// TestTheConfigurationKeepsItsPlace holds back what the configuration's panels wait for: they stand where they will be
// from the first moment on, also with a path that is longer than a line. Mutations it must catch: a path that makes its
// panel another line high; what takes a draft away standing right behind the problems, which come late.
func TestTheConfigurationKeepsItsPlace(t *testing.T) {
	d := office(t)
	g := gated(t, d)
	runs, warnings := g.hold("/config?limit=1"), g.hold("/config?fields=summary")
	p := open(t, g.URL+"/#/config", 1280, 900)
	p.find("button", "Read the file again")
	before := eval[string](p, tops)
	runs()
	warnings()
	p.shows("hash", "1 to look at again")
	p.settled()
	if after := eval[string](p, tops); after != before {
		t.Errorf("what was at\n%s\nis at\n%s", before, after)
	}
	p.clean()
}
