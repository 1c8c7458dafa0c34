package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// secondLeg is a call that a program made for theCall, by another EdgePort.
const secondLeg = `{"ref":"leg-two","method":"INVITE","edgePortRef":"edge-two","message":{
	"requestUri":{"user":"1003","host":"b.example.com"},
	"from":{"address":{"uri":{"user":"1001","host":"a.example.com"}}},
	"to":{"address":{"uri":{"user":"1003","host":"b.example.com"}}},
	"contact":{"address":{"uri":{"user":"1001","host":"10.0.0.9"}}},
	"extensions":[{"name":"X-Call-ID","value":"` + theCall + `"}]}}`

const door = "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage"

// saves has the page keep the text of what it downloads.
const saves = `(() => { const made = URL.createObjectURL
	URL.createObjectURL = blob => { blob.text().then(t => globalThis.saved = t); return made.call(URL, blob) } })()`

// saved is what the page downloads at a button, as a file.
func (p *page) saved(button, name string) string {
	p.t.Helper()
	eval[any](p, `(globalThis.saved = "", 0)`)
	p.find("button", button).click()
	p.until("the file "+name, func() bool { return eval[string](p, `globalThis.saved`) != "" })
	file := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(file, []byte(eval[string](p, `globalThis.saved`)), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// TestLegsAreOneLadder joins two calls by the header in which one names the other, and takes them home.
func TestLegsAreOneLadder(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	d.post(t, door, []byte(secondLeg), nil)
	p := open(t, d.url("/call/leg-two"), 1280, 900)
	eval[any](p, saves+";0")
	p.shows("Another leg, by its X-Call-ID: " + theCall)
	p.goTo("/call/" + theCall)
	p.shows("Another leg, by its X-Call-ID: leg-two")
	p.find("link", "Show both in one ladder").click()
	p.find("columnheader", "edge-two")
	if n := len(p.all("columnheader", "edge")); n != 2 {
		t.Errorf("%d columns of EdgePorts instead of 2", n)
	}
	p.gone("link", "Show both in one ladder")

	for _, run := range [][]string{
		{"impact", "--config", d.file, "--against", d.file, "--decisions", p.saved("JSON lines", "call.jsonl")},
		{"test", p.saved("Tests", "call.test.yaml"), "--config", d.file},
	} {
		out, err := exec.CommandContext(t.Context(), binary, run...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "14") {
			t.Errorf("dispatcher %s: %v\n%s", run[0], err, out)
		}
	}
	p.clean()
}

// TestCallsArePicked picks calls with the keyboard, and opens them in one ladder.
func TestCallsArePicked(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	d.post(t, door, []byte(secondLeg), nil)
	p := open(t, d.url("/decisions"), 1280, 900)
	p.find("grid", "Calls").focus()
	for range 2 {
		p.press("ArrowDown")
		p.press("Space")
	}
	p.find("button", "Show 2 picked calls in one ladder")
	p.find("grid", "Calls").focus()
	p.press("Enter")
	p.find("columnheader", "edge-two")
	if at := eval[string](p, `location.hash`); !strings.Contains(at, "leg-two") || !strings.Contains(at, "a84b4c") {
		t.Errorf("the address is %s", at)
	}
	p.clean()
}

// TestAFilterIsARule types a rule as a filter: it is tried as it is typed, and a fault in it is said.
func TestAFilterIsARule(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	d.post(t, door, []byte(secondLeg), nil)
	p := open(t, d.url("/decisions"), 1280, 900)
	p.find("combobox", "Filter").enter(`rule: req => req.message.requestUri?.user === "1003" && `)
	p.shows("the rule ends too early")
	p.find("combobox", "Filter").enter(`rule: req => req.message.requestUri?.user === "1003"`)
	p.shows("1 match", "13 no match")
	p.until("one row, that of the second leg", func() bool {
		rows := p.rowTexts()
		return len(rows) == 1 && strings.Contains(rows[0], "1003@b.example.com")
	})
	p.find("combobox", "Filter").enter(`method:BYE rule: req => true`)
	p.shows("1 match")
	p.clean()
}
