package browser

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// does is what one sees of a key that was pressed.
type does = func(p *page)

func leads(to string) does {
	return func(p *page) {
		p.t.Helper()
		p.until("the way to "+to, func() bool { return strings.HasPrefix(eval[string](p, `location.hash`), "#"+to) })
	}
}

func opens(title string) does {
	return func(p *page) {
		p.t.Helper()
		p.find("dialog", title)
	}
}

func focuses(name string) does {
	return func(p *page) {
		p.t.Helper()
		p.until("the focus on "+name, func() bool { _, is := p.focused(); return strings.Contains(is, name) })
	}
}

func tells(text string) does {
	return func(p *page) {
		p.t.Helper()
		p.shows(text)
	}
}

// matches waits until something is there that a selector names.
func matches(selector string) does {
	return func(p *page) {
		p.t.Helper()
		p.until(selector, func() bool { return eval[bool](p, `document.querySelector(`+quote(selector)+`) !== null`) })
	}
}

// ofFrame are the keys of the frame.
var ofFrame = map[string]does{
	"g o": leads("/"), "g p": leads("/play"), "g r": leads("/routes"), "g d": leads("/decisions"),
	"g c": leads("/config"), "g b": leads("/backends"), "g w": leads("/watches"),
	"/": focuses("Search"), "?": opens("Keys that work here"),
}

var ofRows = map[string]does{
	"j": matches(".rows [aria-rowindex='2'][aria-selected=true]"), "k": matches(".rows [aria-selected=true]"),
}

var ofDetail = map[string]does{
	"w": matches("[role=tabpanel][aria-label=why]"), "m": matches("[role=tabpanel][aria-label=message]"),
	"p": leads("/play?decision="), "t": opens("Save as a test"),
}

func keysOf(sets ...map[string]does) map[string]does {
	all := map[string]does{}
	for _, set := range sets {
		for key, does := range set {
			all[key] = does
		}
	}
	return all
}

const listedKeys = `[...document.querySelectorAll("table.keys th")]
	.map(e => [...e.children].map(k => k.textContent).join(" ")).sort()`

const selectedRow = `Number(document.querySelector(".rows [aria-selected=true]")?.ariaRowIndex ?? 0)`

// deaf is what acts of all that could be typed and isn't listed; g begins keys.
const deaf = `[..."abcdefhijklmnopqrstuvwxyz0123456789[].,;/?-+#!' "].filter(key =>
	!listed.includes(key === " " ? "Space" : key) && !document.body.dispatchEvent(
		new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})))`

// TestTheListOfKeysIsTheKeysThatWork asks on each screen for the list of keys, presses each that is in it, from the
// screen as it was, and looks at what it does; what isn't in it does nothing. Mutations it must catch: a list of keys
// that leaves out those of a list; a key that is bound where it can do nothing.
func TestTheListOfKeysIsTheKeysThatWork(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	var kept struct{ Decisions []struct{ ID string } }
	d.get(t, "/api/v1/decisions?limit=1", "", &kept)
	first := kept.Decisions[0].ID
	row := 0 // that was selected before the key
	moves := func(by int) does {
		return func(p *page) {
			p.t.Helper()
			p.until("another message", func() bool { return (eval[int](p, selectedRow)-row)*by > 0 })
		}
	}
	asked := 0 // how often the page had tried a rule on traffic before the key
	for _, at := range []struct {
		name, fragment string
		ready          does
		keys           map[string]does
	}{
		{"the Overview", "/", tells("The last 15 minutes"), nil},
		{"the Playground", "/play?rule=dead", tells("MATCH"), map[string]does{
			"[": tells("34 of 38"), "]": tells("35 of 38"),
			"t": opens("Save as a test"), "Ctrl-S": opens("Save as a test"),
			"Ctrl-Enter": func(p *page) {
				p.until("that it is tried", func() bool { return len(p.calls("/rules/evaluate")) > asked })
			}, "Alt-ArrowUp": tells("dead is asked as number 2 in the draft"),
			"Alt-ArrowDown": tells("dead is asked as number 3 in the draft"),
		}},
		{"Routes", "/routes", tells("emergency"), keysOf(ofRows, map[string]does{
			"f": focuses("Filter rules"), "o": matches("[role=tab][aria-selected=true]:nth-child(2)"),
		})},
		{"a rule", "/routes?rule=dead", tells("Rule 2"), keysOf(map[string]does{
			"f": focuses("Filter rules"), "o": matches("[role=tab][aria-selected=true]:nth-child(2)"),
			"j": leads("/routes?rule=connect"), "k": leads("/routes?rule=emergency"), "p": leads("/play?rule=dead"),
			"Alt-ArrowUp": opens("Draft"), "Alt-ArrowDown": opens("Draft"), "Escape": func(p *page) {
				p.until("no rule", func() bool { return !strings.Contains(eval[string](p, `location.hash`), "rule=") })
			},
		})},
		{"calls", "/decisions", tells("no answer"), keysOf(ofRows, map[string]does{
			"f": focuses("Filter"), "Space": tells("paused"), ".": tells("live"),
		})},
		{"messages", "/decisions?tab=messages", matches(".rows .body [role=row]"), keysOf(ofRows, map[string]does{
			"f": focuses("Filter"), "Space": tells("paused"), ".": tells("live"),
		})},
		{"a rule as a filter", "/decisions?match=req%20%3D%3E%20true", matches(".rows .body [role=row]"),
			keysOf(ofRows, map[string]does{"f": focuses("Filter")})},
		{"Configuration", "/config", matches(".config-editor"), map[string]does{
			"Ctrl-Enter": tells("would go elsewhere"),
		}},
		{"Backends", "/backends", tells("connect"), keysOf(ofRows, map[string]does{"f": focuses("Filter by ref")})},
		{"Watches", "/watches", tells("Nothing is watched for"), nil},
		{"a call", "/call/" + theCall, matches(".ladder [aria-selected=true]"), keysOf(ofDetail, map[string]does{
			"]": moves(1), "[": moves(-1), "j": moves(1), "k": moves(-1), "Escape": leads("/watches"),
		})},
		{"a decision", "/decision/" + first, tells("Save as test"), keysOf(ofDetail,
			map[string]does{"l": leads("/call/")})},
	} {
		t.Run(at.name, func(t *testing.T) {
			p := open(t, d.url("/watches"), 1280, 900)
			p.shows("Nothing is watched for")
			want := keysOf(ofFrame, at.keys)
			anew := func() {
				if eval[bool](p, `document.querySelector("dialog[open]") !== null`) {
					p.press("Escape")
				}
				eval[any](p, `document.activeElement?.blur(); location.hash = "#/watches"; 0`)
				p.shows("Nothing is watched for")
				p.goTo(at.fragment)
				at.ready(p)
				p.settled()
				asked, row = len(p.calls("/rules/evaluate")), eval[int](p, selectedRow)
			}
			p.goTo(at.fragment)
			at.ready(p)
			p.until("the keys that are expected", func() bool {
				p.press("?")
				p.find("dialog", "Keys that work here")
				listed := eval[[]string](p, listedKeys)
				p.press("Escape")
				p.gone("dialog", "Keys that work here")
				same := slices.Equal(listed, sortedKeys(want))
				if !same {
					t.Logf("listed are %q, and expected %q", listed, sortedKeys(want))
				}
				return same
			})
			for _, key := range sortedKeys(want) {
				anew()
				for part := range strings.FieldsSeq(key) {
					p.press(strings.NewReplacer("Ctrl-", "Control+", "Alt-", "Alt+").Replace(part))
				}
				want[key](p)
			}
			anew()
			if heard := eval[[]string](p, `(listed => `+deaf+`)(`+string(listed(want))+`)`); len(heard) > 0 {
				t.Errorf("%q act, and aren't listed", heard)
			}
		})
	}
}

func listed(of map[string]does) []byte {
	b, err := json.Marshal(sortedKeys(of))
	if err != nil {
		panic(err) // texts can be written
	}
	return b
}

func sortedKeys(of map[string]does) []string {
	all := make([]string, 0, len(of))
	for key := range of {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}
