package browser

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// answer is what the API's answers have that screens show, whichever call it was.
type answer struct {
	Epoch     int
	Hash      string
	Selected  *string
	Refs      []string
	Failures  []struct{ Method, Code string }
	Backends  []struct{ Ref, State string }
	Rules     []struct{ Ref string }
	Calls     []struct{ From, To string }
	Decisions []struct{ From, Processor string }
	Recorded  *struct{ Match int }
	Watches   []struct{ Filter struct{ User []string } }
	Messages  json.RawMessage
	Moves     []struct{ From, To string }
	Attempts  []struct{ Result string }
	Series    *struct{ Messages []int }
}

// shown lists the texts of an answer that a screen must show for the answer to be what filled it.
func (a answer) shown(path string) (texts []string) {
	for _, f := range a.Failures {
		texts = append(texts, f.Method)
	}
	for _, b := range a.Backends {
		texts = append(texts, b.Ref)
	}
	for _, r := range a.Rules {
		texts = append(texts, r.Ref)
	}
	for _, c := range a.Calls {
		texts = append(texts, strings.Split(c.From, "@")[0], strings.Split(c.To, "@")[0])
	}
	for _, one := range a.Decisions {
		texts = append(texts, strings.Split(one.From, "@")[0], one.Processor)
	}
	for _, w := range a.Watches {
		texts = append(texts, "user "+strings.Join(w.Filter.User, " or "))
	}
	for _, m := range a.Moves {
		texts = append(texts, m.From, m.To)
	}
	if a.Recorded != nil {
		texts = append(texts, strconv.Itoa(a.Recorded.Match)+" match")
	}
	if a.Hash != "" && strings.HasPrefix(path, "/config") {
		texts = append(texts, a.Hash[:12], "epoch "+strconv.Itoa(a.Epoch))
	}
	if a.Series != nil {
		texts = append(texts, "The last 15 minutes")
	}
	for _, m := range a.sip() {
		texts = append(texts, strings.SplitN(m, "\r\n", 2)[0])
	}
	return texts
}

// sip has the messages of an answer in which they are texts; of others messages is a number.
func (a answer) sip() (texts []string) {
	var all []struct{ SIP string }
	_ = json.Unmarshal(a.Messages, &all) // it needn't be a list
	for _, m := range all {
		if m.SIP != "" {
			texts = append(texts, m.SIP)
		}
	}
	return texts
}

var asked = regexp.MustCompile(`/api/v1(/[^ ']*)'?$`)

// TestCurlGivesWhatTheScreenShows runs what each panel of each screen copies in a shell, and looks for what that gives
// on the screen.
//
// Mutations that this catches: a button that copies another panel's call, or one without its body or its filter.
func TestCurlGivesWhatTheScreenShows(t *testing.T) {
	d := office(t)
	d.send(t, "")
	if code := d.post(t, "/api/v1/watches", []byte(`{"filter":{"user":"1002"},"for":"15m"}`), nil); code >= 300 {
		t.Fatalf("the watch: %d", code)
	}
	p := open(t, d.url("/"), 1280, 900)
	eval[bool](p, `(navigator.clipboard.writeText = async text => { globalThis.copied = text }, true)`)
	for _, one := range []struct {
		screen, shows string
		panels        []string // the calls that are copied there, each by its path
	}{
		{"/", "What fails", []string{"/stats", "/failures", "/backends", "/config"}},
		{"/play?rule=dead&sample=ringing", "On recorded messages",
			[]string{"/route/explain", "/messages/read", "/rules/evaluate"}},
		{"/routes?rule=dead", "Its processor is", []string{"/rules", "/failures", "/rules/evaluate"}},
		{"/routes?q=emergency", "emergency", []string{"/rules"}},
		{"/decisions", "1002", []string{"/calls"}},
		{"/decisions?user=1002", "1002", []string{"/calls"}},
		{"/decisions?tab=messages&user=1003", "1003@", []string{"/decisions"}},
		{"/call/" + theCall, "180 Ringing", []string{"/decisions", "/route/explain"}},
		{"/config", "It can be used", []string{"/config", "/config/source"}},
		{"/backends", "connect", []string{"/backends"}},
		{"/watches", "user 1002", []string{"/watches"}},
	} {
		p.goTo(one.screen)
		p.shows(one.shows)
		p.settled()
		missing := map[string]bool{}
		for _, path := range one.panels {
			missing[path] = true
		}
		for _, command := range p.commands() {
			path := asked.FindStringSubmatch(command)
			out, err := exec.CommandContext(t.Context(), "sh", "-c", command+" --fail-with-body").Output()
			if err != nil || path == nil {
				t.Errorf("%s: %s: %v\n%.300s", one.screen, command, err, out)
				continue
			}
			name, _, _ := strings.Cut(path[1], "?")
			delete(missing, name)
			p.showsAnswer(one.screen, name, out)
		}
		for path := range missing {
			t.Errorf("%s: no panel copies %s: %q", one.screen, path, p.commands())
		}
	}
	p.clean()
}

// commands clicks each of the screen's buttons that copy a call, and returns the commands.
func (p *page) commands() []string {
	p.t.Helper()
	const click = `(async () => {
		const found = []
		const named = [...document.querySelectorAll("main button")].filter(b => /^(curl|Copied)$/.test(b.textContent))
		for (const b of named) {
			globalThis.copied = ""; b.click(); await Promise.resolve(); found.push(globalThis.copied)
		}
		return found })()`
	return awaited[[]string](p, click)
}

// showsAnswer looks for what an answer has on the screen, where it stands as text or in an editor.
func (p *page) showsAnswer(screen, path string, out []byte) {
	p.t.Helper()
	if path == "/config/source" {
		if editor := eval[string](p, configText); strings.TrimSpace(editor) != strings.TrimSpace(string(out)) {
			p.t.Errorf("%s: the editor has another text than curl gives:\n%s\n%s", screen, editor, out)
		}
		return
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		p.t.Errorf("%s %s: %v", screen, path, err)
		return
	}
	for _, text := range a.shown(path) {
		p.until(screen+" shows "+text+" of "+path, func() bool { return strings.Contains(p.text(), text) })
	}
}

const configText = `[...document.querySelector(".config-editor").shadowRoot.querySelectorAll(".cm-line")]
	.map(l => l.textContent).join("\n")`
