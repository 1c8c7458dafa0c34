package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// hostile are texts that would do something if they were anything but text, that turn the direction of what stands
// behind them, that are long, or that are no Unicode.
var hostile = []string{
	`<img src=x onerror="window.harmed=1">`, `"><script>window.harmed=1</script>`, `javascript:window.harmed=1`,
	"\u202egnp.exe\u202c", "\u2066\u2067", `\ud800`, strings.Repeat("a", 10_000), "</textarea></pre>", "{{7*7}}${7*7}",
}

// TestForeignTextIsShownAsText puts each text into each part of a message, into a rule and into what goes wrong.
func TestForeignTextIsShownAsText(t *testing.T) {
	config := strings.Replace(threeRules, "ref: rest", `ref: "<b>rest</b>\u202E"`, 1)
	d := serve(t, config)
	for i, text := range hostile {
		uri := map[string]any{"user": text, "host": text}
		address := map[string]any{"address": map[string]any{"displayName": text, "uri": uri}}
		message := map[string]any{
			"ref": fmt.Sprint("hostile-", i), "method": "INVITE", "edgePortRef": text,
			"metadata": map[string]string{text: text},
			"message": map[string]any{
				"requestUri": uri, "from": address, "to": address, "body": text,
				"callId":     map[string]any{"callId": "call" + text},
				"extensions": []any{map[string]any{"name": text, "value": text}},
			},
		}
		body, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		d.post(t, "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage", body, nil)
	}
	var list struct {
		Decisions []struct{ ID, CallID string }
	}
	if code := d.get(t, "/api/v1/decisions", "", &list); code != http.StatusOK || len(list.Decisions) < len(hostile)-1 {
		t.Fatal(code, len(list.Decisions))
	}
	p := open(t, d.url("/"), 1280, 900)
	for _, s := range screens {
		p.goTo(s)
		p.harmless(s)
	}
	for _, one := range list.Decisions {
		p.goTo("/decision/" + one.ID)
		p.harmless("a decision")
		p.goTo("/play?decision=" + one.ID)
		p.harmless("the Playground")
	}
	p.goTo("/play?rule=support")
	for _, text := range hostile[:5] {
		p.rule(`req => req.nothing.there + ` + quote(text))
		p.harmless("a rule")
	}
	p.viewport(390, 800)
	p.harmless("a phone")
}

// harmless checks that nothing ran, nothing became an element, and nothing pushed the page sideways.
func (p *page) harmless(where string) {
	p.t.Helper()
	p.settled()
	p.clean()
	if eval[bool](p,
		`"harmed" in window || document.querySelector("main img, main script, main b > script") !== null`) {
		p.t.Errorf("%s: a text did something", where)
	}
	if over := eval[int](p, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		p.t.Errorf("%s: the page is %d pixels wider than the window", where, over)
	}
}
