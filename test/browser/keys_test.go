package browser

import (
	"strings"
	"testing"
)

func TestKeysLeadToEveryScreen(t *testing.T) {
	d := serve(t, "")
	p := open(t, d.url("/"), 1280, 900)
	p.find("link", "Playground")
	for key, hash := range map[string]string{
		"p": "/play", "r": "/routes", "d": "/decisions", "c": "/config", "b": "/backends", "w": "/watches", "o": "/",
	} {
		p.until("the screen behind g "+key, func() bool { // a page that is being loaded listens to no keys yet
			p.press("g")
			p.press(key)
			return eval[string](p, `location.hash`) == "#"+hash
		})
	}
	p.press("/")
	p.has("combobox", "Search")
	p.find("combobox", "Search").enter("911")
	p.press("Enter")
	p.until("calls of 911", func() bool { return strings.Contains(eval[string](p, `location.hash`), "user=911") })
	p.clean()
}
