package browser

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// hostile are texts that would do something if they were anything but text, that turn the direction of what stands
// behind them, that are long, or that are no Unicode.
var hostile = []string{
	`<img src=x onerror="window.harmed=1">`, `"><script>window.harmed=1</script>`, `javascript:window.harmed=1`,
	"\u202egnp.exe\u202c", "\u2066\u2067", `\ud800`, strings.Repeat("a", 10_000), "</textarea></pre>", "{{7*7}}${7*7}",
}

// everywhere puts a text into each field of a message that holds text: it returns the message with it.
func everywhere(m any, text string) any {
	switch m := m.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, one := range m {
			out[name] = everywhere(one, text)
		}
		return out
	case []any:
		out := make([]any, len(m))
		for i, one := range m {
			out[i] = everywhere(one, text)
		}
		return out
	case string:
		if word.MatchString(m) {
			return m // a name of an enumeration
		}
		return text
	}
	return m
}

var word = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// whole is a message with as many fields as there are: what samples have that aren't alike, put together.
func whole(t *testing.T, d *dispatcher) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, s := range d.samples(t, "") {
		var m map[string]any
		if err := json.Unmarshal(s.JSON, &m); err != nil {
			t.Fatal(err)
		}
		merge(all, m)
	}
	all["method"], all["metadata"] = "INVITE", map[string]any{"seen-by": "edge"}
	of := all["message"].(map[string]any)
	delete(of, "messageType") // rules see it, and no field has it
	delete(of, "responseType")
	return all
}

// merge adds what one message has and the other hasn't.
func merge(all, m map[string]any) {
	for name, one := range m {
		there, known := all[name]
		inner, deep := one.(map[string]any)
		if into, both := there.(map[string]any); deep && both {
			merge(into, inner)
			continue
		}
		if list, is := there.([]any); !known || there == nil || there == "" || is && len(list) == 0 {
			all[name] = one
		}
	}
}

// TestForeignTextIsShownAsText puts each text into every field of a message that holds text, into a processor's ref,
// into a rule and into what goes wrong, and looks at it on every screen, on a wide page and on a phone.
//
// Mutations that this catches: a text that becomes markup; a name without bdi; a text that nothing breaks into lines.
func TestForeignTextIsShownAsText(t *testing.T) {
	config := strings.Replace(threeRules, "ref: rest", `ref: "<b>rest</b>\u202E"`, 1)
	d := serve(t, config)
	d.post(t, "/api/v1/watches", []byte(`{"filter": {"method": "INVITE"}}`), nil)
	message := whole(t, d)
	for _, text := range hostile {
		one := everywhere(message, text).(map[string]any)
		one["metadata"] = map[string]any{text: text}
		body, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		if code := d.post(t, door, body, nil); code == http.StatusBadRequest {
			t.Fatalf("the message isn't taken: %.200s", body)
		}
	}
	var list struct {
		Decisions []struct{ ID, CallID string }
	}
	if code := d.get(t, "/api/v1/decisions", "", &list); code != http.StatusOK || len(list.Decisions) < len(hostile)-1 {
		t.Fatal(code, len(list.Decisions))
	}
	var watches struct{ Watches []struct{ ID string } }
	d.get(t, "/api/v1/watches", "", &watches)
	p := open(t, d.url("/"), 1280, 900)
	all := append(slices.Clone(screens), "/decisions?tab=messages", "/watches/"+watches.Watches[0].ID,
		"/routes?rule="+url.QueryEscape("<b>rest</b>\u202E"), "/backends/"+url.PathEscape("<b>rest</b>\u202E"))
	for _, one := range list.Decisions {
		all = append(all, "/decision/"+one.ID, "/play?decision="+one.ID, "/call/"+url.PathEscape(one.CallID))
	}
	for _, s := range all {
		p.goTo(s)
		p.harmless(s)
		p.viewport(390, 800)
		p.harmless(s + " on a phone")
		p.viewport(1280, 900)
	}
	p.goTo("/decision/" + list.Decisions[0].ID)
	for _, tab := range []string{"message", "hops", "rules"} {
		p.find("tab", tab).click()
		p.harmless("the tab " + tab)
	}
	p.goTo("/play?rule=support")
	for _, text := range hostile[:5] {
		p.rule(`req => req.nothing.there + ` + quote(text))
		p.harmless("a rule")
	}
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
	for _, text := range eval[[]string](p, turning) {
		p.t.Errorf("%s: this turns the direction of what stands beside it: %q", where, text)
	}
	p.fits(where)
}

// turning lists texts that are shown and hold a character that turns the direction, without an element around them that
// isolates them from what stands beside.
const turning = `(() => {
	const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	const isolates = e => /isolate|plaintext/.test(getComputedStyle(e).unicodeBidi)
	while (walk.nextNode()) {
		const of = walk.currentNode.parentElement
		if (!/[\u202a-\u202e\u2066-\u2069]/.test(walk.currentNode.data) || !of.checkVisibility()) continue
		let e = of
		while (e !== null && !isolates(e)) e = getComputedStyle(e).display === "inline" ? e.parentElement : null
		if (e === null) found.push(of.outerHTML.slice(0, 200))
	}
	return found })()`
