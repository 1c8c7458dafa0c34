package browser

import (
	"fmt"
	"regexp"
	"testing"
)

// inView is where each row that is seen stands, what it says, and whether it is selected.
const inView = `(() => { const list = document.querySelector(".rows"), box = list.getBoundingClientRect()
	return JSON.stringify([...list.querySelectorAll(".body [role=row]")].map(r => [r.getBoundingClientRect(), r])
		.filter(([at]) => at.bottom > box.top && at.top < box.bottom).sort(([a], [b]) => a.top - b.top)
		.map(([at, r]) => [at.top, r.innerText, r.ariaSelected])) })()`

// TestWhatIsReadStaysPut pauses, selects, scrolls away, and does two of these at once, while messages arrive, in the
// list of messages and in that of calls: each row that is seen keeps its pixel, the pill counts those that came, and it
// leads to them. Mutations it must catch: a list of messages, and one of calls, that follows although it is scrolled
// away.
func TestWhatIsReadStaysPut(t *testing.T) {
	d := office(t)
	invite := d.protobufNamed(t, "invite-sdp")
	sent := 0
	arrive := func(n int) {
		for range n {
			number := fmt.Sprintf("%04d", sent)
			d.sendBytes(t, renamed(renamed(invite, "1002", number), theCall, "call-"+number+"-"))
			sent++
		}
	}
	arrive(60)
	p := open(t, d.url("/decisions?tab=messages"), 1280, 900)
	pause := func() {
		p.find("button", "live").click()
		p.find("button", "paused")
	}
	choose := func() {
		p.find("grid", "newest first").focus()
		p.press("ArrowDown")
		p.press("ArrowDown")
		p.find("tab", "why")
	}
	scroll := func() {
		eval[any](p, `document.querySelector(".rows").scrollTop = 7 * 28 + 5; 0`)
		p.drawn() // only then it is told that it is scrolled
	}
	for _, list := range []struct{ fragment, name string }{
		{"/decisions?tab=messages", "Messages"}, {"/decisions", "Calls"},
	} {
		p.goTo(list.fragment)
		newest := func() bool { return len(p.rowTexts()) > 10 && calledIn(p.firstRow()) == fmt.Sprintf("%04d", sent-1) }
		p.find("grid", list.name)
		p.until("the newest on top", newest)
		for _, way := range []struct {
			name string
			hold []func()
		}{
			{"paused", []func(){pause}}, {"paused and selected", []func(){pause, choose}},
			{"scrolled away", []func(){scroll}}, {"selected and scrolled away", []func(){choose, scroll}},
		} {
			t.Run(list.name+" "+way.name, func(t *testing.T) {
				for _, hold := range way.hold {
					hold()
				}
				p.settled()
				before := eval[string](p, inView)
				came := 0
				for _, n := range []int{25, 30} {
					arrive(n - came)
					came = n
					p.find("button", fmt.Sprintf("%d newer", n))
					if now := eval[string](p, inView); now != before {
						t.Errorf("the rows were at\n%s\nand are at\n%s", before, now)
					}
				}
				p.press(".")
				p.gone("button", "newer")
				p.until("the newest on top", newest)
				p.find("button", "live")
			})
		}
	}
	p.clean()
}

var calledRow = regexp.MustCompile(`\b(\d{4})@sip`)

// calledIn is the number that a row's call goes to.
func calledIn(row string) string {
	all := calledRow.FindAllStringSubmatch(row, -1)
	if len(all) == 0 {
		return row
	}
	return all[len(all)-1][1] // the one before is who calls
}
