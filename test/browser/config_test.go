package browser

import (
	"context"
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// draft is the text of the draft in the page's tab.
func (p *page) draft() string {
	return eval[string](p, `JSON.parse(sessionStorage.getItem("dispatcher.draft") ?? '{"text":""}').text`)
}

// TestTheConfigurationIsCompleted types a key, its value and a part of a rule, each chosen from what is offered. The
// key's description stands beside it.
//
// Mutations that this catches: offers of what is written already; a rule that is completed as YAML; a value that isn't
// offered behind its key.
func TestTheConfigurationIsCompleted(t *testing.T) {
	d := office(t)
	p := open(t, d.url("/config"), 1280, 900)
	p.find("textbox", "Configuration").focus()
	p.press("Control+End")
	p.keys("  onR")
	p.find("option", "onRuleError")
	p.until("the key's description", func() bool { return strings.Contains(p.inEditor(), "exceeds its limits does") })
	p.choose("onRuleError")
	p.choose("skip")
	p.until("the key with its value", func() bool { return strings.HasSuffix(p.draft(), "\n  onRuleError: skip") })

	p.enterKey()
	p.keys("bind") // it is there already, and spec.admin's isn't meant
	p.shows("non-map value is specified")
	if len(p.all("option", "bindAddr")) > 0 {
		t.Error("a key is offered that is written already")
	}
	for range "bind" {
		p.press("Backspace")
	}
	for range 2 {
		p.press("ArrowUp") // to the last rule
	}
	p.press("End")
	p.keys(" && req.message.fr")
	p.choose("from")
	p.until("the rule goes on", func() bool { return strings.Contains(p.draft(), `!== "" && req.message.from`+"\n") })
	p.shows("It can be used")
	p.clean()
}

// choose takes what the editor offers, in one go: it draws its list anew while one types.
func (p *page) choose(label string) {
	p.t.Helper()
	const take = `(() => {
		const all = document.querySelector(".config-editor").shadowRoot.querySelectorAll(".cm-tooltip-autocomplete li")
		const found = [...all].find(e => e.querySelector(".cm-completionLabel").textContent === LABEL)
		found?.dispatchEvent(new MouseEvent("mousedown", {bubbles: true, cancelable: true}))
		return found !== undefined })()`
	p.until("the offer "+label, func() bool { return eval[bool](p, strings.Replace(take, "LABEL", quote(label), 1)) })
}

// enterKey presses Enter as a keyboard does: where an editor takes the key, no character follows. press sends both.
func (p *page) enterKey() {
	p.t.Helper()
	key := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13,
	}
	call(p, input.DispatchKeyEvent, key)
	key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(p, input.DispatchKeyEvent, key)
}

// inEditor is the text of the configuration's editor, with what hangs on it.
func (p *page) inEditor() string {
	return eval[string](p, `[...document.querySelector(".config-editor").shadowRoot.children].
		map(e => e.textContent).join(" ")`)
}

// TestProblemsStandWhereCheckHasThem breaks a rule, a key and a method, and holds the page's places against those of
// dispatcher check: in the list, at the line's number, and under the very word.
//
// Mutations that this catches: columns that count from 0; a problem that is marked in the line above.
func TestProblemsStandWhereCheckHasThem(t *testing.T) {
	d := office(t)
	p := open(t, d.url("/config"), 1280, 900)
	text := strings.NewReplacer(`.startsWith("9")`, `.startsWth("9")`,
		"methods: [INVITE]", "methods: [INVIT]", "ref: office", "refs: office").Replace(phones(addrOf(t, d)))
	p.editConfig(strings.TrimSpace(phones(addrOf(t, d))), strings.TrimSpace(text))
	p.shows("keep it from being used")
	d.write(t, text)
	out, _ := exec.CommandContext(context.Background(), binary, "check", "--json", d.file).Output() // it exits 1
	var check struct {
		Problems []struct {
			Line, Column  int
			Path, Message string
		}
	}
	if err := json.Unmarshal(out, &check); err != nil || len(check.Problems) < 3 {
		t.Fatalf("%v: %s", err, out)
	}
	for _, one := range check.Problems {
		p.find("button", strconv.Itoa(one.Line)+":"+strconv.Itoa(one.Column))
		p.shows(one.Path, one.Message)
	}
	const shadow = `document.querySelector(".config-editor").shadowRoot`
	const words = `[...` + shadow + `.querySelectorAll(".cm-lintRange-error")].map(e => e.textContent).join(" ")`
	p.until("the words", func() bool { return strings.Contains(eval[string](p, words), "INVIT") })
	const marked = shadow + `.querySelectorAll(".cm-line.has-error").length`
	if n := eval[int](p, marked); n < 2 {
		t.Errorf("%d lines have a mark", n)
	}
	p.clean()
}
