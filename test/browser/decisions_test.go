package browser

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// protobufNamed returns the wire form of a sample.
func (d *dispatcher) protobufNamed(t *testing.T, name string) []byte {
	t.Helper()
	for _, s := range d.samples(t, "") {
		if s.Name == name {
			return s.Protobuf
		}
	}
	t.Fatalf("no sample is named %s", name)
	return nil
}

// renamed is a message with another Call-ID of the same length: its bytes stay a message.
func renamed(message []byte, old, with string) []byte {
	return bytes.ReplaceAll(message, []byte(old), []byte((with + strings.Repeat("0", len(old)))[:len(old)]))
}

// rowTexts are the rows that are in the page.
func (p *page) rowTexts() []string {
	return eval[[]string](p, `[...document.querySelectorAll(".rows .body [role=row]")]
		.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map(r => r.innerText)`)
}

// TestWhatSomebodySentIsText puts what a page could obey into every text of a message.
func TestWhatSomebodySentIsText(t *testing.T) {
	d := serve(t, strings.Replace(phones("127.0.0.1:1"), "ref: connect", "ref: \"<img src=x onerror=alert(1)>\"", 1))
	hostile := `<img src=x onerror=fetch("http://evil")>` + "\u202e" + strings.Repeat("A", 300)
	uri := `{"user":%[1]s,"host":%[1]s}`
	message := fmt.Sprintf(`{"ref":%[1]s,"method":"INVITE","edgePortRef":%[1]s,"message":{"requestUri":`+uri+
		`,"from":{"address":{"uri":`+uri+`,"displayName":%[1]s}},"to":{"address":{"uri":`+uri+
		`}},"extensions":[{"name":%[1]s,"value":%[1]s}],"body":%[1]s}}`, quote(hostile))
	if d.post(t, door, []byte(message), nil) == 200 {
		t.Error("the processor isn't there, and took it")
	}
	p := open(t, d.url("/decisions?tab=messages"), 1280, 900)
	p.until("the row", func() bool { return len(p.rowTexts()) == 1 })
	if n := eval[int](p, `document.querySelectorAll("img, script:not([src])").length`); n != 0 {
		t.Errorf("%d elements were made of text", n)
	}
	p.find("grid", "Messages").focus()
	p.press("ArrowDown")
	p.shows("<img src=x")
	p.press("m")
	p.shows("A")
	for _, screen := range []string{"/decisions", "/routes", "/backends", "/", "/config"} {
		p.goTo(screen)
		p.until("the screen "+screen, func() bool { return len(p.all("main", "")) == 1 })
		if screen != "/config" { // its text is in an editor
			p.shows("<img src=x")
		}
		if n := eval[int](p, `document.querySelectorAll("img").length`); n != 0 {
			t.Errorf("%s: %d elements were made of text", screen, n)
		}
		p.fits(screen)
	}
	p.clean()
}

// TestManyRulesAreFewRows serves ten thousand rules: the page has at most sixty rows, and their true places.
func TestManyRulesAreFewRows(t *testing.T) {
	var config strings.Builder
	config.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: many\n" +
		"spec:\n  bindAddr: 127.0.0.1:0\n  processors:\n")
	for n := range 10_000 {
		fmt.Fprintf(&config, "    - {ref: tenant-%05d, addr: 127.0.0.1:1, methods: [INVITE], "+
			"matchFunc: 'req => req.message.from.address.uri.host === \"t%d.example.com\"'}\n", n, n)
	}
	d := serve(t, config.String())
	p := open(t, d.url("/routes"), 1280, 900)
	p.shows("10\u202f000 rules", "tenant-00000")
	count := func() int { return eval[int](p, `document.querySelectorAll("[role=row]").length`) }
	p.find("grid", "Rules").focus()
	p.press("End")
	p.shows("tenant-09999")
	if n := count(); n > 61 {
		t.Errorf("%d rows are in the page", n)
	}
	p.find("textbox", "Filter rules").enter("tenant-04321")
	p.until("one rule, at its true place", func() bool {
		rows := p.rowTexts()
		return len(rows) == 1 && strings.Contains(rows[0], "4\u202f322")
	})
	p.goTo("/")
	p.shows("0 warnings") // the configuration is there
	largest := eval[float64](p, `Math.max(...performance.getEntriesByType("resource")
		.filter((e) => e.name.includes("/api/v1/")).map((e) => e.decodedBodySize))`)
	if largest > 1_000_000 || largest == 0 { // without pages there are seven times as many
		t.Errorf("an answer has %.0f bytes", largest)
	}
	p.clean()
}
