//go:build admin

package admin

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// described is a dispatcher at work, and the document that it serves of its API. Every answer is held against that.
type described struct {
	*dispatcher
	t       *testing.T
	url     string
	doc     any
	paths   map[string]map[string]operation
	schemas map[string]*jsonschema.Schema

	answered map[string]bool // operations that were answered with 200
	refused  map[string]bool // kinds of problems
}

// operation is what the test reads of one.
type operation struct {
	Responses map[string]struct{ Content map[string]any }
}

const busy = `kind: MessageDispatcher
apiVersion: v2beta1
ref: described
spec:
  bindAddr: 127.0.0.1:51901
  decisions: {keepMessages: 6}
  admin: {tokenFile: token}
  shadow: shadow.yaml
  middlewares:
    - {ref: cdr, addr: "127.0.0.1:9", postProcessor: true, onError: skip}
  processors:
    - ref: chat
      addr: 127.0.0.1:50061
      methods: [MESSAGE]
      matchFunc: req => req.message.requestUri?.host === "sip.local"
    - {ref: throws, addr: "127.0.0.1:50061", methods: [INFO], matchFunc: req => req.message.contact.expires > 0}
    - ref: calls
      addr: 127.0.0.1:50062
      methods: [INVITE, BYE]
      matchFunc: req => /^1/.test(req.message.from?.address?.uri?.user ?? "1")
    - {ref: dead, addr: "127.0.0.1:9", methods: [OPTIONS], matchFunc: req => true}
    - ref: "names/é%2F?"
      addr: 127.0.0.1:50062
      methods: [REGISTER]
      matchFunc: req => req.message.authorization?.response?.length > 10
`

// The messages that come in, by JSON.
var traffic = []string{
	`{"ref":"plain","method":"MESSAGE","message":{"requestUri":{"user":"bob","host":"sip.local"},"body":"hello"}}`,
	`{"ref":"nobody","method":"MESSAGE","message":{"requestUri":{"user":"bob","host":"elsewhere"}}}`,
	`{"ref":"throws","method":"INFO","message":{"requestUri":{"user":"bob","host":"sip.local"}}}`,
	`{"ref":"dead","method":"OPTIONS","message":{"requestUri":{"user":"bob","host":"sip.local"}}}`,
	`{"ref":"register","method":"REGISTER","message":{"requestUri":{"host":"sip.local"},
		"authorization":{"username":"bob","realm":"r","response":"0123456789abcdef"}}}`,
	`{"ref":"call","method":"INVITE","message":{"callId":{"callId":"a/b%2F?#@h"},
		"requestUri":{"user":"1001","host":"sip.local"},"from":{"address":{"uri":{"user":"1","host":"h"}}},
		"extensions":[{"name":"CSeq","value":"1 INVITE"}]}}`,
	`{"ref":"call","method":"INVITE","message":{"callId":{"callId":"a/b%2F?#@h"},"responseType":"BUSY_HERE"}}`,
	`{"ref":"call","method":"BYE","message":{"callId":{"callId":"a/b%2F?#@h"},
		"requestUri":{"user":"\u001b[31m\u202e","host":"é"}}}`,
	`{"ref":"nothing","method":"INVITE"}`,
}

// invite is SIP text, within JSON.
const invite = `INVITE sip:1@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\n` +
	`From: <sip:a@h>;tag=1\nTo: <sip:1@h>\nCall-ID: x\nCSeq: 1 INVITE\nExpires: soon\n\n`

// TestARunningDispatcherAnswersAsItsDocumentSays asks for everything that the document describes, over traffic of all
// sorts, and provokes every refusal that can be.
func TestARunningDispatcherAnswersAsItsDocumentSays(t *testing.T) {
	d := describe(t)
	for _, message := range traffic {
		d.send(message)
	}
	d.asksForEverything()
	d.isRefused()
	for path, methods := range d.paths {
		for method := range methods {
			if !d.answered[method+" "+path] {
				t.Errorf("nothing asked %s %s with success", method, path)
			}
		}
	}
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	// These can't be provoked from outside, or take seconds of processor time.
	elsewhere := []string{"internal", "stopping", "replica-silent", "limit-exceeded"}
	kinds := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| \\d{3} \\|")
	for _, m := range kinds.FindAllStringSubmatch(string(text), -1) {
		if !d.refused[m[1]] && !slices.Contains(elsewhere, m[1]) {
			t.Errorf("nothing was refused with %s", m[1])
		}
	}
}

func describe(t *testing.T) *described {
	d := &described{
		t: t, schemas: map[string]*jsonschema.Schema{}, answered: map[string]bool{}, refused: map[string]bool{},
	}
	d.dispatcher = start(t, busy, map[string]string{"token": token, "shadow.yaml": busy})
	d.url = "http://" + d.addrs.Replace("127.0.0.1:51901")
	text := d.raw("GET", "/api/v1/openapi.json", "").body
	var doc struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	d.paths = doc.Paths
	var err error
	if d.doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// asksForEverything asks each call of the API in the ways that it has.
func (d *described) asksForEverything() {
	for path, methods := range d.paths {
		if _, ok := methods["get"]; ok && !strings.ContainsAny(path, "{") && path != "/decisions/stream" {
			d.ok("GET", path, "")
			d.ok("HEAD", path, "")
		}
	}
	for _, path := range []string{
		"/config?limit=2&offset=1&q=c", "/config?fields=summary", "/config/source?epoch=1", "/rules?sort=-hits&limit=3",
		"/rules?scope=fleet", "/decisions?scope=fleet&limit=2", "/decisions?failed=true&method=!BYE&user=bob",
		"/calls?scope=fleet", "/calls?state=failed&state=refused", "/calls/" + url.PathEscape("a/b%2F?#@h"),
		"/watches?scope=fleet", "/backends?fields=summary&state=down", "/stats?window=24h", "/failures?window=1m",
		"/samples?limit=2&q=invite",
	} {
		d.ok("GET", path, "")
	}
	ids := d.ids()
	for i, id := range ids {
		d.ok("GET", "/decisions/"+id, "")
		if 0 < i && i < 7 { // the newest has no message in it
			d.ok("GET", "/decisions/"+id+"?form=sip", "")
			d.ok("GET", "/decisions/"+id+"/test", "")
			d.ok("POST", "/messages/read", `{"decision":"`+id+`"}`)
			d.ok("POST", "/route/explain", `{"message":{"decision":"`+id+`"}}`)
			d.ok("POST", "/route/explain", `{"message":{"decision":"`+id+`"},"rules":"decisive","evaluateAll":true,
				"rule":{"matchFunc":"req => req.method","insertBefore":{"ref":"chat"},"methods":["INVITE"]}}`)
			d.ok("POST", "/rules/evaluate", `{"matchFunc":"req => req.message.contact.expires",
				"messages":[{"decision":"`+id+`"}]}`)
		}
	}
	candidate, err := json.Marshal(d.addrs.Replace(strings.Replace(busy, "ref: chat", "ref: talk", 1)))
	if err != nil {
		d.t.Fatal(err)
	}
	d.ok("POST", "/config/check", busy)
	d.ok("POST", "/config/check", strings.Replace(busy, "methods", "mehtods", 2)+"x: y\n")
	d.ok("POST", "/config/impact", `{"config":`+string(candidate)+`}`)
	d.ok("POST", "/config/impact", `{"config":`+string(candidate)+`,"recorded":{"last":9,"scope":"fleet","filter":{
		"method":["MESSAGE"]}},"move":{"from":"chat","to":"talk","rule":"talk"}}`)
	d.ok("POST", "/route/explain", `{"config":`+string(candidate)+`,"message":{"json":{"method":"MESSAGE","message":{
		"requestUri":{"host":"sip.local"}}}}}`)
	d.ok("POST", "/rules/evaluate", `{"matchFunc":"async => [async.method].map(x => x)[0] === \"INVITE\"","messages":[
		{"sip":"`+invite+`"},
		{"protobuf":""},{"json":{}}],"recorded":{"last":9},"replace":{"ref":"chat"}}`)
	d.ok("POST", "/messages/read", `{"source":"10.0.0.1:5060",
		"text":"U 10.0.0.1:5060 -> 10.0.0.2:5060\nBYE sip:1@h SIP/2.0\nVia: SIP/2.0/UDP h\n\n"}`)
	d.ok("POST", "/reload", "")
	if err := os.WriteFile(filepath.Join(d.dir, "dispatcher.yaml"),
		[]byte(d.addrs.Replace(busy+"# changed\n")), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.ok("POST", "/reload", "")
	d.ok("GET", "/epochs", "")
	d.ok("POST", "/route/explain", `{"message":{"decision":"`+ids[1]+`"}}`)
	watch := d.ok("POST", "/watches", `{"filter":{"user":["bob","!alice"]},"for":"1m","keep":5}`)
	d.ok("POST", "/fleet/watches", `{"filter":{"failed":"true"},"for":"1m"}`)
	d.send(traffic[1])
	var made struct{ ID string }
	if err := json.Unmarshal(watch.body, &made); err != nil {
		d.t.Fatal(err)
	}
	d.ok("GET", "/watches/"+made.ID, "")
	d.ok("GET", "/watches", "")
	d.ok("DELETE", "/watches/"+made.ID, "")
	d.streams()
}

// listed is what the test reads of a decision.
type listed struct {
	ID          string
	MessageKept bool
}

// list is that of the decisions, the newest first.
func (d *described) list() []listed {
	var list struct{ Decisions []listed }
	if err := json.Unmarshal(d.ok("GET", "/decisions?limit=100", "").body, &list); err != nil {
		d.t.Fatal(err)
	}
	return list.Decisions
}

// ids are those of the decisions, the newest first.
func (d *described) ids() (ids []string) {
	for _, one := range d.list() {
		ids = append(ids, one.ID)
	}
	if len(ids) < len(traffic)-1 {
		d.t.Fatalf("%d decisions", len(ids))
	}
	return ids
}

// streams holds what streams say against the document.
func (d *described) streams() {
	boot, _, _ := strings.Cut(d.ids()[0], "-")
	for query, events := range map[string]string{
		"?after=" + boot + "-000000000000":                        "decision",
		"?batch=10ms&max=2&after=" + boot + "-000000000000":       "sampled decisions",
		"?after=aaaaaaaa-000000000009":                            "lost decision",
		"?scope=fleet&batch=10ms&after=" + boot + "-000000000000": "decisions",
	} {
		r := d.request("GET", "/api/v1/decisions/stream"+query, "")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			d.t.Fatal(err)
		}
		if media := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || media != "text/event-stream" {
			d.t.Errorf("%s: %d as %s", query, resp.StatusCode, media)
		}
		d.answered["get /decisions/stream"] = true
		wanted := strings.Fields(events)
		buf, text := make([]byte, 1<<16), ""
		for len(wanted) > 0 {
			n, err := resp.Body.Read(buf)
			text += string(buf[:n])
			if err != nil {
				d.t.Fatalf("%s: %v after %s", query, err, text)
			}
			for {
				event, rest, whole := strings.Cut(text, "\n\n")
				if !whole {
					break
				}
				text = rest
				if name := d.event(event); len(wanted) > 0 && name == wanted[0] {
					wanted = wanted[1:]
				}
			}
		}
		resp.Body.Close()
	}
}

// event holds one event against the document, and returns its name.
func (d *described) event(text string) (name string) {
	const one = "/components/schemas/Decision"
	var data string
	for line := range strings.SplitSeq(text, "\n") {
		switch field, value, _ := strings.Cut(line, ": "); field {
		case "event":
			name = value
		case "data":
			data = value
		}
	}
	switch name {
	case "decision":
		d.fits("an event", one, []byte(data))
	case "decisions":
		var all []json.RawMessage
		if err := json.Unmarshal([]byte(data), &all); err != nil || len(all) == 0 {
			d.t.Errorf("decisions: %v in %s", err, data)
		}
		for _, e := range all {
			d.fits("an event", one, e)
		}
	}
	return name
}

// isRefused makes every mistake that a caller can make.
func (d *described) isRefused() {
	evaluate := func(change string) { d.no("POST", "/rules/evaluate", change, "") }
	evaluate(`{`)
	evaluate(`{"matchFunc":"req =>"}`)
	evaluate(`{"matchFunc":"req => 1","messages":[{"sip":"x"}]}`)
	evaluate(`{"matchFunc":"req => 1","messages":[{"sip":"","json":{},"protobuf":"!"}]}`)
	evaluate(`{"matchFunc":"req => 1","messages":[` + strings.Repeat(`{"json":{}},`, 1100) + `{}]}`)
	for _, id := range []string{"x", "%ff", "..%2f", "a%00b", strings.Repeat("z", 5000)} {
		for _, path := range []string{"/decisions/", "/calls/", "/watches/"} {
			d.no("GET", path+id, "", "not-found")
		}
	}
	d.no("GET", "/decisions?limit=0", "", "request-invalid")
	d.no("GET", "/rules?sort=-", "", "request-invalid")
	d.no("GET", "/nowhere", "", "not-found")
	d.no("PUT", "/config", "", "method-not-allowed")
	d.no("POST", "/config/impact", `{"config":"kind: x"}`, "config-invalid")
	d.no("POST", "/reload", "", "changed", "If-Match", `"of another"`)
	d.no("POST", "/rules/evaluate", "{}", "unsupported-media-type", "Content-Type", "text/html")
	d.no("GET", "/decisions", "", "cross-origin", "Origin", "http://evil.example")
	d.no("GET", "/decisions", "", "unauthorized", "Authorization", "")
	for range 30 { // five, and one a second, aren't too many
		d.no("GET", "/decisions", "", "", "Authorization", "Bearer wrong")
	}
	for range 60 { // more than the last ones that are kept, and than examples of their rule
		d.send(traffic[0])
	}
	d.no("GET", "/decisions/"+d.without()+"/test", "", "message-not-kept")
	for range 9 {
		d.raw("POST", "/api/v1/watches", `{"filter":{},"for":"1m"}`)
	}
	d.no("POST", "/watches", `{"filter":{},"for":"1m"}`, "watches-full")
	d.tooManyStreams()
	if err := os.WriteFile(filepath.Join(d.dir, "dispatcher.yaml"), []byte(d.addrs.Replace(
		strings.Replace(busy, "  admin: {tokenFile: token}\n", "", 1))), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.ok("POST", "/reload", "")
	d.no("GET", "/decisions", "", "forbidden", "X-Forwarded-For", "203.0.113.9")
	if err := os.Remove(filepath.Join(d.dir, "dispatcher.yaml")); err != nil {
		d.t.Fatal(err)
	}
	d.no("POST", "/reload", "", "config-unreadable")
	d.ok("GET", "/config", "") // it has a failedReload
	d.ok("GET", "/epochs", "")
}

// without is the id of a decision whose message isn't kept.
func (d *described) without() string {
	for _, one := range d.list() {
		if !one.MessageKept {
			return one.ID
		}
	}
	d.t.Fatal("every message is kept")
	return ""
}

// tooManyStreams opens one more than may be open.
func (d *described) tooManyStreams() {
	for range 40 {
		resp, err := http.DefaultClient.Do(d.request("GET", "/api/v1/decisions/stream", ""))
		if err != nil {
			d.t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			d.no("GET", "/decisions/stream", "", "busy")
			return
		}
	}
	d.t.Error("streams aren't limited")
}

// answer is what came back.
type answer struct {
	status int
	media  string
	body   []byte
}

func (d *described) request(method, path, body string, header ...string) *http.Request {
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func (d *described) raw(method, path, body string, header ...string) answer {
	d.t.Helper()
	resp, err := http.DefaultClient.Do(d.request(method, path, body, header...))
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode}
	if a.media, _, err = mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil {
		d.t.Errorf("%s %s: media type: %v", method, path, err)
	}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		d.t.Fatal(err)
	}
	return a
}

// ok makes a call that is answered, as the document says.
func (d *described) ok(method, path, body string) answer {
	d.t.Helper()
	a := d.raw(method, "/api/v1"+path, body)
	if a.status != http.StatusOK {
		d.t.Errorf("%s %s: %d %.500s", method, path, a.status, a.body)
		return a
	}
	at, verb := d.pathOf(path), strings.ToLower(method)
	if method == http.MethodHead {
		verb = "get"
	}
	content := d.paths[at][verb].Responses["200"].Content
	if _, known := content[a.media]; !known {
		d.t.Errorf("%s %s: answered as %s, and there are %v", method, at, a.media, slices.Collect(maps.Keys(content)))
		return a
	}
	d.answered[verb+" "+at] = true
	if method != http.MethodHead && a.media == "application/json" {
		pointer := "/paths/" + escaped(at) + "/" + verb + "/responses/200/content/application~1json/schema"
		d.fits(method+" "+path, pointer, a.body)
	}
	return a
}

// no makes a call that is refused, with this kind of problem where it isn't empty.
func (d *described) no(method, path, body, kind string, header ...string) {
	d.t.Helper()
	a := d.raw(method, "/api/v1"+path, body, header...)
	var p struct {
		Type   string
		Status int
	}
	if err := json.Unmarshal(a.body, &p); err != nil || a.media != "application/problem+json" || p.Status != a.status {
		d.t.Errorf("%s %s: %d as %s: %.200s", method, path, a.status, a.media, a.body)
		return
	}
	got := strings.TrimPrefix(p.Type, "urn:routr-dispatcher:problem:")
	if kind != "" && got != kind {
		d.t.Errorf("%s %s: %s, not %s", method, path, a.body, kind)
	}
	d.refused[got] = true
	d.fits(method+" "+path, "/components/schemas/Problem", a.body)
}

// fits holds a text against a schema of the document.
func (d *described) fits(what, pointer string, text []byte) {
	d.t.Helper()
	s := d.schemas[pointer]
	if s == nil {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("openapi.json", d.doc); err != nil {
			d.t.Fatal(err)
		}
		var err error
		if s, err = c.Compile("openapi.json#" + pointer); err != nil {
			d.t.Fatal(err)
		}
		d.schemas[pointer] = s
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		d.t.Errorf("%s: %v in %.500s", what, err, text)
	} else if err := s.Validate(value); err != nil {
		d.t.Errorf("%s: %v\n%.2000s", what, err, text)
	}
}

// pathOf is the path of the document that a path belongs to.
func (d *described) pathOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if _, ok := d.paths[path]; ok {
		return path
	}
	for known := range d.paths {
		form := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(known, "[^/]+")
		if regexp.MustCompile("^" + form + "$").MatchString(path) {
			return known
		}
	}
	return path
}

func escaped(path string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(path) }

// send sends a message by Connect. Whatever comes of it is recorded.
func (d *described) send(message string) { d.raw("POST", procedure, message) }
