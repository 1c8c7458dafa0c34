package browser

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
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

// ofRows are the keys of a list that nothing is selected in; where something is, Esc closes it.
var ofRows = map[string]does{
	"j": matches(secondRow), // the first one is the head
	"k": func(p *page) {
		p.t.Helper()
		matches(secondRow)(p)
		for _, step := range []struct{ key, selected string }{{"j", thirdRow}, {"j", fourthRow}, {"k", thirdRow}} {
			p.press(step.key)
			matches(step.selected)(p)
		}
		p.press("Escape")
		p.until("that nothing is selected", func() bool { return eval[int](p, selectedRow) == 0 })
	},
}

const (
	secondRow = ".rows [aria-rowindex='2'][aria-selected=true]"
	thirdRow  = ".rows [aria-rowindex='3'][aria-selected=true]"
	fourthRow = ".rows [aria-rowindex='4'][aria-selected=true]"
)

// toTheNewest is what . does: in a list that follows, in one that is paused, and in one in which something is selected.
func toTheNewest(p *page) {
	p.t.Helper()
	p.shows("▶ live")
	p.press("Space")
	p.shows("paused")
	p.press(".")
	p.shows("▶ live")
	p.press("j")
	matches(secondRow)(p)
	p.press(".")
	p.until("that nothing is selected", func() bool { return eval[int](p, selectedRow) == 0 })
}

var ofDetail = map[string]does{
	"w": matches("[role=tabpanel][aria-label=why]"), "m": matches("[role=tabpanel][aria-label=message]"),
	"p": leads("/play?decision="), "t": opens("Save as a test"),
}

// written are texts in which letters are letters, by the screen that they are on and the key that leads to them.
var written = []struct{ fragment, role, name string }{
	{"/routes", "combobox", "Search"}, {"/routes", "textbox", "Filter rules"}, {"/decisions", "combobox", "Filter"},
	{"/backends", "textbox", "Filter"}, {"/play?rule=dead", "textbox", "matchFunc"},
	{"/play?rule=dead", "combobox", "Rule of processor"}, {"/config", "textbox", "Configuration"},
	{"/call/" + theCall, "textbox", "Another leg"},
}

// TestLettersAreTextWhereTextHasTheFocus types each single key that does something anywhere into each field that stands
// on a screen: it is in the text then, and nothing else happened. Mutation it must catch: a list of elements with text
// that leaves out editors in shadow roots.
func TestLettersAreTextWhereTextHasTheFocus(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	p := open(t, d.url("/watches"), 1280, 900)
	const keys = "wmptljkfor.?/gd " // no bracket: an editor closes it
	for _, at := range written {
		p.goTo(at.fragment)
		p.find(at.role, at.name).focus()
		p.has(at.role, at.name)
		p.settled()
		p.press("Control+a")
		p.keys(keys)
		p.press("x") // not before is the space certain to be shown
		text := eval[string](p, `(() => { let e = document.activeElement; e = e.shadowRoot?.activeElement ?? e
			return e.value ?? e.textContent })()`)
		if !strings.HasPrefix(strings.ReplaceAll(text, "\u00a0", " "), keys+"x") { // a sign may stand behind it
			t.Errorf("%s %s has the text %q", at.fragment, at.name, text)
		}
		place, _, _ := strings.Cut(at.fragment, "?")
		if hash := eval[string](p, `location.hash`); !strings.HasPrefix(hash, "#"+place) {
			t.Errorf("%s %s: the keys led to %s", at.fragment, at.name, hash)
		}
		if eval[bool](p, `document.querySelector("dialog[open]") !== null`) {
			t.Errorf("%s %s: the keys opened a dialog", at.fragment, at.name)
		}
	}
	p.untouched()
}

// TestSingleLettersCanBeTurnedOff holds WCAG 2.1.4: without them no single key acts on any screen, in a list that has
// the focus neither, and none is listed; the others act. It is so when the page is opened again.
func TestSingleLettersCanBeTurnedOff(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	p := open(t, d.url("/play"), 1280, 900)
	p.find("button", "Settings").focus()
	p.press("Enter")
	p.find("checkbox", "Single letters act as keys").focus()
	p.press("Space")
	p.press("Escape")
	p.gone("dialog", "Settings")
	p.run(chromedp.Reload())
	p.find("button", "Save as test")
	for fragment := range strings.FieldsSeq("/play?rule=dead /routes?rule=dead /decisions /backends /call/" + theCall) {
		p.goTo(fragment)
		p.settled()
		p.find("link", "Playground")
		for _, role := range []string{"link", "grid"} {
			if all := p.all(role, ""); len(all) > 0 {
				all[len(all)-1].focus()
			}
			before, was := eval[string](p, `location.hash`), eval[int](p, selectedRow)
			p.keys("wmptljkfor.?/gd[]")
			now := eval[string](p, `location.hash`)
			if len(p.all("dialog", "")) > 0 || now != before || eval[int](p, selectedRow) != was {
				t.Errorf("letters still act at %s", fragment)
			}
		}
		p.find("button", "Keys that work here").focus()
		p.press("Enter")
		p.find("dialog", "Keys that work here")
		for _, key := range eval[[]string](p, listedKeys) {
			if len([]rune(strings.ReplaceAll(key, " ", ""))) <= 2 {
				t.Errorf("%s: %q is listed", fragment, key)
			}
		}
		p.press("Escape")
		p.gone("dialog", "Keys that work here")
	}
	p.untouched()
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
	for _, other := range []string{"call-one", "call-two"} {
		d.sendBytes(t, renamed(d.protobufNamed(t, "invite-sdp"), theCall, other))
	}
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
			"Alt-v":         matches(".rule button[aria-pressed=false]"),
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
			"f": focuses("Filter"), "Space": tells("paused"), ".": toTheNewest,
		})},
		{"messages", "/decisions?tab=messages", matches(".rows .body [role=row]"), keysOf(ofRows, map[string]does{
			"f": focuses("Filter"), "Space": tells("paused"), ".": toTheNewest,
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
			map[string]does{"l": leads("/call/"), "Escape": leads("/watches")})},
	} {
		t.Run(at.name, func(t *testing.T) {
			p := open(t, d.url("/watches"), 1280, 900)
			p.shows("Nothing is watched for")
			want := keysOf(ofFrame, at.keys)
			anew := func() {
				if eval[bool](p, `document.querySelector("dialog[open]") !== null`) {
					p.press("Escape")
				}
				eval[any](p, `document.activeElement?.blur(); 0`)
				p.goTo("/watches")
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
