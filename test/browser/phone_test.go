package browser

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// phones is a configuration whose rule dead throws on SIP responses, and whose rule connect throws where there is no
// Contact. Every processor is at addr.
func phones(addr string) string {
	return strings.ReplaceAll(`# Phones of an office.
kind: MessageDispatcher
apiVersion: v2beta1
ref: office
spec:
  bindAddr: 127.0.0.1:0
  processors:
    # Calls for help go first.
    - ref: emergency
      addr: ADDR
      methods: [INVITE, ACK, BYE, CANCEL]
      matchFunc: req => ["911", "112"].includes(req.message.requestUri?.user)
    - ref: dead
      addr: ADDR
      methods: [INVITE]
      matchFunc: req => req.message.requestUri.user.startsWith("9")
    - ref: connect
      addr: ADDR
      methods: [REGISTER, INVITE, ACK, BYE, CANCEL]
      matchFunc: req => req.message.contact?.address.uri.user !== ""
`, "ADDR", addr)
}

// office serves phones; the demo of a second process is every processor, and echoes.
func office(t *testing.T) *dispatcher {
	t.Helper()
	return serve(t, phones(serve(t, "").addr))
}

// theCall is the Call-ID of the samples' call.
const theCall = "a84b4c76e66710@10.0.0.11"

// send sends the samples of one call; those of all where the Call-ID is empty.
func (d *dispatcher) send(t *testing.T, callID string) {
	t.Helper()
	for _, s := range d.samples(t, "") {
		var m struct{ Ref string }
		if err := json.Unmarshal(s.JSON, &m); err != nil {
			t.Fatal(err)
		}
		if callID == "" || m.Ref == callID {
			d.sendBytes(t, s.Protobuf)
		}
	}
}

// TestThePhoneDoesntRing goes the way of an operator whom support told that 1002 can't be reached: from the number to
// the ladder, to the rule that throws, to a draft without that fault, and to the news that it is live.
func TestThePhoneDoesntRing(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	p := open(t, d.url("/"), 1280, 900)
	p.find("link", "Playground")
	p.find("combobox", "Search").enter("1002")
	p.press("Enter")
	p.find("grid", "Calls, those that failed first")
	p.until("the failed call on top", func() bool { return strings.Contains(p.firstRow(), "no answer") })
	p.find("grid", "Calls").focus()
	p.press("ArrowDown")
	p.press("Enter")
	p.find("grid", "Messages of the call")
	p.shows("The phone doesn't ring for the caller", "rule dead failed", "180 Ringing", "the caller hears no ringing",
		"What the phone heard: nothing. The EdgePort got INTERNAL and drops it.", theCall)
	if n := eval[int](p, `document.querySelectorAll(".ladder [role=row]:not(.head):not(.gap)").length`); n != 13 {
		t.Errorf("the ladder has %d messages of 13", n)
	}
	p.press("p")
	p.shows("req.message.requestUri")
	p.until("the rule that failed", func() bool {
		return strings.Contains(eval[string](p, `location.hash`), "rule=dead")
	})

	p.editConfig(`req.message.requestUri.user.startsWith`, `req.message.requestUri?.user.startsWith`)
	p.find("button", "Draft 1").click()
	p.shows("dead", "has another rule", "It can be used")
	p.press("Escape")
	d.write(t, strings.Replace(phones(addrOf(t, d)), "requestUri.user", "requestUri?.user", 1))
	p.shows("your draft is live")
	p.gone("button", "Draft 1")
	p.clean()
}

// firstRow is the text of the first row of the list that is shown.
func (p *page) firstRow() string {
	return eval[string](p, `document.querySelector(".rows .body [role=row]")?.innerText ?? ""`)
}

// editConfig replaces a text in the configuration's editor: all of it is selected and pasted over.
func (p *page) editConfig(old, with string) {
	p.t.Helper()
	p.goTo("/config")
	p.find("textbox", "Configuration").focus()
	p.press("Control+a")
	const editor = `document.querySelector(".config-editor").shadowRoot.querySelector(".cm-content")`
	text := eval[string](p, `[...`+editor+`.querySelectorAll(".cm-line")].map(l => l.textContent).join("\n")`)
	if !strings.Contains(text, old) {
		p.t.Fatalf("the editor hasn't %q:\n%s", old, text)
	}
	eval[bool](p, `(() => { const data = new DataTransfer(); data.setData("text/plain", `+
		quote(strings.Replace(text, old, with, 1))+`); return `+editor+
		`.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})) })()`)
}

// addrOf is where the processors of a dispatcher are.
func addrOf(t *testing.T, d *dispatcher) string {
	t.Helper()
	b, err := os.ReadFile(d.file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "addr: ")
	addr, _, _ := strings.Cut(rest, "\n")
	return addr
}

func itoa(n int) string {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // a number can be written
	}
	return string(b)
}
