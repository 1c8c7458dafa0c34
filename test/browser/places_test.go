package browser

import (
	"net/url"
	"testing"
)

// place is a screen, or a state of one, with data in it.
type place struct {
	name, fragment string
	ready          does
}

// furnished is an office through which a call went, and a message that no rule takes, with a watch that has caught the
// call, and all places of its console. There is a row of each kind; more of them would only be looked at again.
func furnished(t *testing.T) (*dispatcher, []place) {
	t.Helper()
	d := office(t)
	var watch struct{ ID string }
	if code := d.post(t, "/api/v1/watches", []byte(`{"filter":{"user":"1002"},"for":"15m"}`), &watch); code >= 300 {
		t.Fatalf("the watch: %d", code)
	}
	d.sendBytes(t, d.protobufNamed(t, "options-ping"))
	d.send(t, theCall)
	var kept struct{ Decisions []struct{ ID string } }
	d.get(t, "/api/v1/decisions?limit=1", "", &kept)
	row := matches(".rows .body [role=row]")
	return d, []place{
		{"the Overview", "/", tells("see one")},
		{"the Playground", "/play?rule=dead&sample=ringing", tells("By method")},
		{"Routes", "/routes", row},
		{"a rule", "/routes?rule=dead", tells("Its processor is")},
		{"calls", "/decisions", row},
		{"calls of somebody", "/decisions?user=1002", row},
		{"no calls", "/decisions?user=nobody", tells("Nothing of")},
		{"messages", "/decisions?tab=messages", row},
		{"a rule as a filter", "/decisions?match=" + url.QueryEscape("req => true"), row},
		{"a call", "/call/" + url.PathEscape(theCall), matches(".ladder [aria-selected=true]")},
		{"a decision", "/decision/" + kept.Decisions[0].ID, tells("Save as test")},
		{"Configuration", "/config", matches(".config-editor")},
		{"Backends", "/backends", row},
		{"a backend", "/backends/connect", tells("since the start")},
		{"Watches", "/watches", tells("user 1002")},
		{"a watch", "/watches/" + watch.ID, tells("Caught")},
		{"nowhere", "/nowhere", tells("No screen has this name")},
	}
}

// opening is a key that opens something over a screen, or beside what is on it; Esc closes that.
type opening struct {
	at         string // a place
	role, name string // what has the focus before
	key        string
	open       does
	selector   string // what is there as long as it is open
}

const oneBackend = "section[aria-label^='Backend ']"

// openings are all that opens.
var openings = []opening{
	{"the Overview", "link", "see one", "/", focuses("Search"), "[role=search] :focus"},
	{"the Overview", "link", "see one", "?", opens("Keys"), "dialog"},
	{"the Overview", "button", "State:", "Enter", opens("The dispatcher is"), "dialog"},
	{"the Overview", "button", "Settings", "Enter", opens("Settings"), "dialog"},
	{"the Playground", "textbox", "matchFunc", "Control+s", opens("Save as a test"), "dialog"},
	{"the Playground", "button", "Share", "Enter", opens("Share"), "dialog"},
	{"the Playground", "button", "Share", "t", opens("Save as a test"), "dialog"},
	{"the Playground", "button", "History", "Enter", opens("Rules that were tried"), "dialog"},
	{"the Playground", "button", "Samples", "Enter", opens("Built-in samples"), "dialog"},
	{"the Playground", "button", "Decisions", "Enter", opens("Recorded messages"), "dialog"},
	{"the Playground", "button", "Paste", "Enter", opens("Paste a message"), "dialog"},
	{"the Playground", "button", "INVITE", "Enter", matches(".methods fieldset"), ".methods fieldset"},
	{"Routes", "grid", "Rules", "f", focuses("Filter rules"), ".filter :focus"},
	{"Routes", "grid", "Rules", "ArrowDown", matches("section[aria-label^='Rule ']"), "section[aria-label^='Rule ']"},
	{"a rule", "button", "Close the rule", "Alt+ArrowUp", opens("Draft"), "dialog"},
	{"a rule", "button", "Draft 1", "Enter", opens("Draft"), "dialog"},
	{"calls", "grid", "Calls", "f", focuses("Filter"), ".filter :focus"},
	{"calls", "grid", "Calls", "ArrowDown", matches(".detail"), ".detail"},
	{"no calls", "button", "Watch", "Enter", opens("Watch for messages"), "dialog"},
	{"messages", "grid", "Messages", "ArrowDown", matches(".detail"), ".detail"},
	{"a rule as a filter", "grid", "Messages", "ArrowDown", matches(".detail"), ".detail"},
	{"a call", "grid", "Messages", "t", opens("Save as a test"), "dialog"},
	{"Configuration", "button", "Read the file again", "Enter", opens("Read the file again"), "dialog"},
	{"Configuration", "textbox", "Configuration", "Control+f", focuses("Find"), ".never"},
	{"Backends", "grid", "Backends", "f", focuses("Filter"), ".filter :focus"},
	{"Backends", "grid", "Backends", "ArrowDown", matches(oneBackend), oneBackend},
	{"Watches", "button", "Watch for", "Enter", opens("Watch for messages"), "dialog"},
}
