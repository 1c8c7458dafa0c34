package browser

import (
	"os/exec"
	"testing"
)

// TestEveryPanelSaysHowToAskWithCurl runs what each panel of each screen copies in a shell.
func TestEveryPanelSaysHowToAskWithCurl(t *testing.T) {
	d := serve(t, "")
	for _, s := range d.samples(t, "") {
		d.sendBytes(t, s.Protobuf)
	}
	p := open(t, d.url("/"), 1280, 900)
	p.find("link", "Playground")
	eval[any](p, `window.copied = [];
		navigator.clipboard.writeText = text => { window.copied.push(text); return Promise.resolve() }; 0`)
	asked := 0
	for _, s := range screens {
		p.goTo(s)
		p.settled()
		eval[any](p, `copied.length = 0;
			[...document.querySelectorAll("button")].filter(b => b.textContent === "curl").forEach(b => b.click()); 0`)
		for _, command := range eval[[]string](p, `copied`) {
			asked++
			out, err := exec.CommandContext(t.Context(), "sh", "-c", command+" --fail-with-body").CombinedOutput()
			if err != nil || len(out) == 0 {
				t.Errorf("%s: %s\n%v: %.300s", s, command, err, out)
			}
		}
	}
	if asked < 8 {
		t.Errorf("only %d panels say how to ask", asked)
	}
}
