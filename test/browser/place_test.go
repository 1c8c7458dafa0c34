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

// TestWhatARuleMatchesKeepsItsPlace holds back one of the messages that a rule matches: each has its row from the first
// moment on, the list says that it isn't whole yet, and why a message isn't told stands in its row. Mutations it must
// catch: a list that is empty until all of it is told; one that leaves out what isn't.
func TestWhatARuleMatchesKeepsItsPlace(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	var kept struct{ Decisions []struct{ ID string } }
	d.get(t, "/api/v1/decisions", "", &kept)
	g := gated(t, d)
	path := "/decisions/" + kept.Decisions[3].ID
	g.refuse(path, refused)
	tell := g.hold(path)
	p := open(t, g.URL+"/#/decisions?match=req%20%3D%3E%20true", 1280, 900)
	p.shows("13 messages that are kept")
	const list = `document.querySelector(".rows.messages")`
	const busy = list + `.closest("[aria-busy=true]") !== null`
	const height = list + `.getBoundingClientRect().height`
	before := eval[float64](p, height)
	if n := len(p.rowTexts()); n != 13 || !eval[bool](p, busy) {
		t.Errorf("before all is told, %d rows of 13 are there; it says so: %t", n, eval[bool](p, busy))
	}
	tell()
	p.shows("Nobody can read this.", "180 Ringing")
	after := eval[float64](p, height)
	if rows := len(p.rowTexts()); after != before || rows != 13 || eval[bool](p, busy) {
		t.Errorf("once all is told, the list is %v pixels high, with %d rows, and was %v", after, rows, before)
	}
	p.clean()
}
