package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// element is one that assistive technology knows.
type element struct {
	p    *page
	id   cdp.BackendNodeID
	role string
	name string
}

// all lists the elements of a role whose name has a part, as the accessibility tree has them.
func (p *page) all(role, part string) (found []element) {
	p.t.Helper()
	for _, n := range call(p, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored && value(n.Role) == role && strings.Contains(value(n.Name), part) {
			found = append(found, element{p, n.BackendDOMNodeID, role, value(n.Name)})
		}
	}
	return found
}

func value(v *accessibility.Value) (s string) {
	if v != nil {
		_ = json.Unmarshal(v.Value, &s) // not every value is a text
	}
	return s
}

// find waits for an element of a role whose name has a part. One whose name is the part comes before others.
func (p *page) find(role, part string) (e element) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s %q", role, part), func() bool {
		found := p.all(role, part)
		if len(found) == 0 {
			return false
		}
		i := max(0, slices.IndexFunc(found, func(e element) bool { return e.name == part }))
		e = found[i]
		return true
	})
	return e
}

// gone waits until no element of a role has a part in its name.
func (p *page) gone(role, part string) {
	p.t.Helper()
	p.until(fmt.Sprintf("that %s %q goes", role, part), func() bool { return len(p.all(role, part)) == 0 })
}

// middle scrolls an element into view and returns its middle; not where it isn't seen, or isn't there any more.
func (e element) middle() (x, y float64, seen bool) {
	e.p.t.Helper()
	_, err := tried(e.p, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: e.id})
	if err != nil {
		return 0, 0, false
	}
	at, err := tried(e.p, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: e.id})
	if err != nil || len(at.Quads) == 0 {
		return 0, 0, false
	}
	return (at.Quads[0][0] + at.Quads[0][4]) / 2, (at.Quads[0][1] + at.Quads[0][5]) / 2, true
}

// settled is where the middle of an element stays: people don't click at what still moves because more arrives. Where
// it was made anew meanwhile, it is the new one.
func (e *element) settled() (x, y float64) {
	e.p.t.Helper()
	const still = 5 // looks in a row
	same := -1
	e.p.until("that "+e.role+" "+e.name+" stands still", func() bool {
		nextX, nextY, seen := e.middle()
		if !seen {
			*e = e.p.find(e.role, e.name)
			same = -1
			return false
		}
		if same++; nextX != x || nextY != y {
			same = 0
		}
		x, y = nextX, nextY
		return same >= still
	})
	return x, y
}

// click presses the middle of an element with the pointer.
func (e element) click() {
	e.p.t.Helper()
	x, y := e.settled()
	move := input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y}
	call(e.p, input.DispatchMouseEvent, move)
	for _, kind := range []input.DispatchMouseEventType{
		input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased,
	} {
		press := move
		press.Type, press.Button, press.ClickCount = kind, input.MouseButtonLeft, 1
		call(e.p, input.DispatchMouseEvent, press)
	}
}

// hover puts the pointer on an element.
func (e element) hover() {
	e.p.t.Helper()
	x, y := e.settled()
	move := input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y}
	call(e.p, input.DispatchMouseEvent, move)
}

// focus gives an element the focus; where it was made anew meanwhile, the new one.
func (e element) focus() {
	e.p.t.Helper()
	e.p.until("that "+e.role+" "+e.name+" takes the focus", func() bool {
		if _, err := tried(e.p, dom.Focus, dom.FocusParams{BackendNodeID: e.id}); err == nil {
			return true
		}
		e = e.p.find(e.role, e.name)
		return false
	})
}

// enter writes a text into a field, in place of what is in it, as a paste does.
func (e element) enter(text string) {
	e.p.t.Helper()
	e.focus()
	e.p.press("Control+a")
	e.p.insert(text)
}

// insert writes a text where the focus is, as a paste or an input method does.
func (p *page) insert(text string) {
	p.t.Helper()
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// keys types characters one by one.
func (p *page) keys(text string) {
	p.t.Helper()
	for _, r := range text {
		p.key(r, 0)
	}
}

var named = map[string]string{
	"Enter": kb.Enter, "Escape": kb.Escape, "Tab": kb.Tab, "ArrowDown": kb.ArrowDown, "ArrowUp": kb.ArrowUp,
	"ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight, "Space": " ",
	"End": kb.End, "Home": kb.Home, "Backspace": kb.Backspace,
}

// press presses one key, such as Enter, g or Control+Enter.
func (p *page) press(key string) {
	p.t.Helper()
	parts := strings.Split(key, "+")
	var with chromedp.Modifier
	for _, m := range parts[:len(parts)-1] {
		with |= map[string]chromedp.Modifier{
			"Control": chromedp.ModifierCtrl, "Shift": chromedp.ModifierShift, "Alt": chromedp.ModifierAlt,
		}[m]
	}
	last := parts[len(parts)-1]
	if k, ok := named[last]; ok {
		last = k
	}
	for _, r := range last {
		p.key(r, with)
	}
}

// key goes down and up as a keyboard's does: where the page takes it for itself, it becomes no text.
func (p *page) key(r rune, with chromedp.Modifier) {
	p.t.Helper()
	events := kb.Encode(r)
	down, up := *events[0], *events[len(events)-1]
	if len(events) == 3 && with&^chromedp.ModifierShift == 0 {
		down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
	}
	down.Modifiers |= int64(with)
	up.Modifiers |= int64(with)
	call(p, input.DispatchKeyEvent, down)
	call(p, input.DispatchKeyEvent, up)
}

// focused is the role and name of what has the focus, in shadow roots too.
func (p *page) focused() (role, name string) {
	p.t.Helper()
	for _, n := range call(p, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		for _, prop := range n.Properties {
			has := prop.Name == accessibility.PropertyNameFocused && string(prop.Value.Value) == "true"
			if has && value(n.Role) != "RootWebArea" {
				role, name = value(n.Role), value(n.Name)
			}
		}
	}
	return role, name
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can be written
	}
	return string(b)
}
