package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tabTo moves the focus with Tab until it is on an element of a role whose name has a part.
func (p *page) tabTo(role, part string) {
	p.t.Helper()
	p.find(role, part)
	for range 80 {
		p.press("Tab")
		if r, n := p.focused(); r == role && strings.Contains(n, part) {
			return
		}
	}
	r, n := p.focused()
	p.t.Fatalf("Tab doesn't get to %s %q; it is at %s %q", role, part, r, n)
}

// has waits until an element of a role whose name has a part has the focus.
func (p *page) has(role, part string) {
	p.t.Helper()
	var r, n string
	p.until("the focus on "+role+" "+part, func() bool {
		r, n = p.focused()
		return r == role && strings.Contains(n, part)
	})
}

// TestThePhoneDoesntRingAndNoPointerHelps goes the whole way of an operator whom support told that 1002 can't be
// reached, with the keyboard alone: from the number to the ladder, to the rule that throws, mended with the mend that
// is offered and tried on what was recorded, into a test, into the draft, out of it as a patch, and to the news that it
// is live. Mutations it must catch: p opens the message with the rule that would have taken it; the draft is compared
// by its text instead of its hash; a screen that one comes to without its list having the focus; advice
// without a button.
func TestThePhoneDoesntRingAndNoPointerHelps(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	p := open(t, d.url("/"), 1280, 900)
	p.holdsCopies()
	p.find("link", "Playground")
	p.until("the search", func() bool {
		p.press("/")
		_, name := p.focused()
		return name == "Search"
	})
	p.press("Control+a") // it may have been asked for twice
	p.keys("1002")
	p.find("option", "1002")
	p.press("Enter")
	p.has("grid", "Calls, those that failed first")
	p.until("the failed call on top", func() bool { return strings.Contains(p.firstRow(), "no answer") })
	p.press("Enter")
	p.has("grid", "Messages of the call")
	p.shows("The phone doesn't ring for the caller", "rule dead failed", "180 Ringing", "the caller hears no ringing")
	if n := eval[int](p, `document.querySelectorAll(".ladder [role=row]:not(.head):not(.gap)").length`); n != 13 {
		t.Errorf("the ladder has %d messages of 13", n)
	}
	p.find("button", "Fix in the Playground")
	p.press("p")
	p.shows("✕ THREW", "180 Ringing", "✕ 3 error")
	p.tabTo("button", "Use ?.")
	p.press("Enter")
	p.shows("NO MATCH", "With the edited rule it goes to connect; as it runs, to nobody")
	p.press("Control+Enter")
	p.shows("○ 5 no match")
	if text := p.text(); strings.Contains(text, "✕ 3 error") {
		t.Errorf("the mended rule still fails on what was recorded:\n%s", text)
	}
	p.press("t")
	p.find("dialog", "Save as a test")
	p.until("the test's text", func() bool { return strings.Contains(p.preview(), "processor: connect") })
	p.tabTo("button", "Put into the tray")
	p.press("Enter")
	p.gone("dialog", "Save as a test")
	p.find("button", "Save as test (1)")
	p.tabTo("button", "Add to draft")
	p.press("Enter")
	p.find("dialog", "Draft")
	p.shows("dead", "has another rule", "It can be used")
	p.tabTo("button", "Copy the patch")
	p.press("Enter")
	p.until("the patch", func() bool { return p.copied() != "" })
	p.press("Escape")
	p.gone("dialog", "Draft")
	p.has("button", "Add to draft")
	p.press("Control+s")
	p.find("dialog", "Save as a test")
	p.until("the test's text", func() bool { return strings.Contains(p.preview(), "processor: connect") })
	p.tabTo("button", "Download rules.test.yaml")
	p.press("Enter")
	p.until("the file", func() bool { return p.download() != "" })
	if n := strings.Count(p.download(), "processor: connect"); n != 1 {
		t.Errorf("the file has the test %d times:\n%s", n, p.download())
	}
	p.press("Escape")
	p.has("button", "Add to draft")
	d.patch(t, p.copied())
	p.shows("your draft is live", "epoch 2")
	p.gone("button", "Draft 1")
	p.untouched()
	p.clean()
	config, err := os.ReadFile(d.file)
	if err != nil {
		t.Fatal(err)
	}
	testPasses(t, p.download(), string(config))
}

// patch applies a patch to the configuration as git does, and writes what comes of it.
func (d *dispatcher) patch(t *testing.T, patch string) {
	t.Helper()
	dir := t.TempDir()
	before, err := os.ReadFile(d.file)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, filepath.Base(d.file))
	for name, text := range map[string]string{copied: string(before), filepath.Join(dir, "draft.patch"): patch} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	apply := exec.CommandContext(t.Context(), "git", "apply", "draft.patch")
	apply.Dir = dir
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, out, patch)
	}
	after, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, string(after))
}

// saysOf waits for the verdict on a message.
func (p *page) saysOf(request, verdict string) {
	p.t.Helper()
	p.shows(request)
	p.until("the verdict "+verdict, func() bool {
		const says = `document.querySelector("section.verdict")?.innerText ?? ""`
		return strings.Contains(eval[string](p, says), verdict)
	})
}

// TestTheDemoLeadsToARuleOfOnesOwn walks the three steps of the first page by keyboard alone, in a fresh profile, and
// takes what comes of them to the command. Mutations it must catch: a copy that is no whole configuration; a ladder
// from which no key leads back to the step that one was at; a message in the third step that the rule takes as it is.
func TestTheDemoLeadsToARuleOfOnesOwn(t *testing.T) {
	d := serve(t, "")
	p := open(t, d.url("/"), 1280, 900)
	p.holdsCopies()
	p.shows("This is the demo")
	if n := eval[int](p, `document.querySelectorAll(".demo li").length`); n != 3 {
		t.Errorf("the demo has %d steps", n)
	}
	p.tabTo("button", "Send the samples")
	p.press("Enter")
	p.shows(fmt.Sprintf("%d were sent.", len(d.samples(t, ""))))
	p.tabTo("link", "Open the emergency call")
	p.press("Enter")
	p.has("grid", "Messages of the call")
	p.shows("emergency-processor", "911")
	p.press("Escape")
	p.has("link", "Open the emergency call")
	p.tabTo("link", "Change the rule in the Playground")
	p.press("Enter")
	p.saysOf("INVITE sip:999@", "○ NO MATCH")
	p.shows("emergency-processor")
	p.tabTo("textbox", "matchFunc")
	p.press("Control+a")
	p.insert(`req => ["911", "112", "999"].includes(req.message.requestUri?.user)`)
	p.saysOf("INVITE sip:999@", "● MATCH")
	p.shows("edited")
	p.press("Escape")
	p.tabTo("button", "Copy as YAML")
	p.until("that it is copied, which is said for two seconds", func() bool {
		p.press("Enter")
		return p.copied() != "" && strings.Contains(p.text(), "Copied")
	})
	p.untouched()
	p.clean()
	if !strings.Contains(p.copied(), `"999"`) {
		t.Errorf("the rule isn't in what is copied:\n%s", p.copied())
	}
	file := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(file, []byte(p.copied()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), binary, "check", file).CombinedOutput(); err != nil {
		t.Errorf("dispatcher check: %v\n%s\n%s", err, out, p.copied())
	}
}
