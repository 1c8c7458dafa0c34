package browser

import (
	"fmt"
	"strings"
	"testing"
)

// beyond are the cells of tables and lists, and the controls, that stand farther right than the panel they are in.
const beyond = `(() => {
	const seen = e => e.getClientRects().length > 0 && e.getBoundingClientRect().width > 1
	const out = [...document.querySelectorAll("main .panel")].flatMap(panel => {
		const edge = panel.getBoundingClientRect().right + 1
		return [...panel.querySelectorAll("th, td, [role=columnheader], [role=gridcell], button, a, input")]
			.filter(e => seen(e) && e.getBoundingClientRect().right > edge)
			.map(e => (panel.ariaLabel ?? "") + ": " + e.tagName + " " + e.innerText.slice(0, 40))
	})
	const wide = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
		.map(e => e.tagName + "." + e.className)
	const all = document.documentElement.scrollWidth
	if (all > innerWidth) out.push("the page is " + all + " pixels wide: " + wide.slice(0, 9).join())
	return out
})()`

// TestNothingIsCutOff opens every screen in windows from a phone's to a wide one's, with short names and with long
// ones: no cell and no button stands outside its panel, and no page is wider than its window. Mutations it must catch:
// columns of backends that are wider together than the list; a table of impact that keeps its columns on a phone.
func TestNothingIsCutOff(t *testing.T) {
	upstream := serve(t, "").addr
	short := phones(upstream)
	long := strings.NewReplacer("ref: connect", "ref: "+strings.Repeat("c", 120), "ref: dead",
		"ref: "+strings.Repeat("dead-", 24)+"x").Replace(short)
	for name, config := range map[string]string{"short": short, "long": long} {
		d := serve(t, config)
		d.send(t, "")
		dead := "dead"
		if name == "long" {
			dead = strings.Repeat("dead-", 24) + "x"
		}
		p := open(t, d.url("/config"), 1280, 900)
		p.editConfig("requestUri.user", "requestUri?.user")
		p.find("button", "What would it do?").focus()
		p.press("Enter")
		p.shows("would go elsewhere")
		check := func(where string) {
			for _, width := range []int64{360, 390, 768, 1001, 1101, 1280, 1600} {
				p.viewport(width, 900)
				p.drawn()
				for _, what := range p.lasts(beyond) {
					t.Errorf("%s names, %s at %d pixels: %s", name, where, width, what)
				}
			}
			p.viewport(1280, 900)
		}
		check("impact")
		p.find("tab", "history").focus()
		p.press("Space")
		p.shows("compare")
		check("history")
		for _, at := range []struct{ fragment, shows string }{
			{"/", "What fails"}, {"/play?sample=invite-sdp", "MATCH"},
			{"/routes?rule=" + dead, "Its processor is"}, {"/decisions", "1002"}, {"/decisions?tab=messages", "INVITE"},
			{"/call/" + theCall, "The phone doesn't ring"}, {"/backends/" + dead, "since the start"},
			{"/watches", "Watches"},
		} {
			p.goTo(at.fragment)
			p.shows(at.shows)
			p.settled()
			check(fmt.Sprintf("%.20s", at.fragment))
		}
		p.clean()
	}
}
