package browser

import "testing"

// screens are the places of the rail.
var screens = []string{"/", "/play", "/routes", "/decisions", "/config", "/backends", "/watches"}

func TestEveryScreenIsCleanUnderItsPolicy(t *testing.T) {
	d := serve(t, "")
	for _, s := range d.samples(t, "") {
		d.sendBytes(t, s.Protobuf)
	}
	p := open(t, d.url("/"), 1280, 900)
	for _, s := range screens {
		p.goTo(s)
		p.find("link", "Playground")
		p.until("the screen "+s, func() bool { return len(p.all("main", "")) == 1 })
	}
	p.goTo("/play")
	p.shows("MATCH")
	p.clean()
	const markup = `try { document.body.innerHTML += "x"; true } catch { false }`
	if eval[bool](p, markup) {
		t.Error("text becomes markup: trusted types aren't in force")
	}
}
