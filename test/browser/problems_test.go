package browser

import (
	"fmt"
	"strings"
	"testing"
)

// doubtful is a configuration of so many rules, of which each warns, and of some that don't load.
func doubtful(rules, wrong int) string {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: many\n" +
		"spec:\n  bindAddr: 127.0.0.1:0\n  processors:\n")
	for i := range rules + wrong {
		rule := fmt.Sprintf(`req => req.message.nowhere === "%d"`, i)
		if i >= rules {
			rule = "req =>"
		}
		fmt.Fprintf(&b, "  - ref: r%d\n    addr: h:1\n    methods: [INVITE]\n    matchFunc: '%s'\n", i, rule)
	}
	return b.String()
}

// TestProblemsThatAreLeftOutAreCounted has more problems than the dispatcher lists: of what runs, of a draft, and of a
// file that can't be read again.
//
// Mutations that this catches: the number of those that are listed stands for all; a draft's number that is of what
// runs.
func TestProblemsThatAreLeftOutAreCounted(t *testing.T) {
	d := serve(t, doubtful(300, 0))
	p := open(t, d.url("/config"), 1280, 900)
	p.shows("It can be used", "300 to look at again", "200 of 300 problems are listed")
	p.replaceConfig(doubtful(300, 50))
	p.shows("50 things keep it from being used", "300 to look at again", "200 of 350 problems are listed")
	p.replaceConfig(doubtful(20, 250))
	p.shows("At least 200 things keep it from being used", "200 of 270 problems are listed")
	p.find("button", "Draft").click()
	p.find("dialog", "Draft")
	p.shows("At least 200 errors")
	p.press("Escape")

	d.write(t, doubtful(0, 1234))
	p.shows("The file that is there now can't be used", "200 of 1\u202f234 problems are listed")
	p.find("button", "Read the file again").click()
	p.find("radio", "whatever it is now").click()
	p.find("button", "Read it").click()
	p.find("dialog", "Read the file again")
	p.until("the problems of the answer", func() bool {
		const said = `document.querySelector("dialog[open]")?.innerText ?? ""`
		return strings.Contains(eval[string](p, said), "200 of 1\u202f234 problems are listed")
	})
	p.clean()
}

// replaceConfig pastes a text over all that is in the configuration's editor.
func (p *page) replaceConfig(text string) {
	p.t.Helper()
	p.find("textbox", "Configuration").focus()
	p.press("Control+a")
	eval[bool](p, `(() => { const data = new DataTransfer(); data.setData("text/plain", `+quote(text)+`)
		return document.querySelector(".config-editor").shadowRoot.querySelector(".cm-content").dispatchEvent(
			new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})) })()`)
}
