package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// The foreign text is what a terminal obeys in every way there is, and a line that would pass for one of ours.
const foreign = "x\x1b[31m\x1b]0;pwn\a\r\b\x7f\u009b2J\u202e\u2028\nProcessor: forged\n"

// raw returns what a terminal would obey in what a command printed.
func raw(printed string) string {
	for _, r := range printed {
		if r != '\n' && r != '\t' && !unicode.IsGraphic(r) || r == '\u2028' {
			return fmt.Sprintf("%U", r)
		}
	}
	if strings.Contains("\n"+printed, "\nProcessor: forged") {
		return "a line that isn't ours"
	}
	return ""
}

// hostileFiles writes files with the foreign text wherever their format has room for it.
func hostileFiles(t *testing.T) (path func(name string) string) {
	t.Helper()
	dir := t.TempDir()
	path = func(name string) string { return filepath.Join(dir, name) }
	quoted := func(s string) string { // JSON's quotes are YAML's, too
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return visible.Text(string(text)) // DEL and C1 controls too, which neither takes raw
	}
	name := quoted(foreign)
	rule := func(ref, matchFunc string) string {
		return "    - {ref: " + quoted(ref) + ", addr: 'a:1', methods: [INVITE], matchFunc: " + quoted(matchFunc) +
			"}\n"
	}
	head := "kind: MessageDispatcher\napiVersion: v2beta1\nref: " + name + "\nspec:\n  processors:\n"
	request := `{"ref":` + name + `,"method":"INVITE","message":{"from":{"address":{"displayName":` + name +
		`}},"requestUri":{"user":` + name + `,"host":"h"}}}`
	files := map[string]string{
		"values.yaml": head +
			rule(foreign, `req => req.message.from.address.displayName === "\u009b" || req.ref === "y"`) +
			rule("b", `req => true`),
		"throws.yaml": head + rule(foreign, `req => { throw new Error(req.message.from.address.displayName) }`) +
			rule("b", `req => true`),
		"bad.yaml": head + rule(foreign, "req => req."+foreign) + "      " + name + ": 1\n  " + name + ": 1\n",
		"raw.yaml": "kind: MessageDispatcher # \x1b[31m\u202e\u009b\n" + head,
		"request":  request,
		"other.sip": "INVITE sip:bob@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n" +
			"From: \"\x1b[31m\u009b\" <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\x1b[31m\u009b\r\n",
		"wrong.json":  "{" + name + ": 1}",
		"broken.json": "{\x1b[31m\u009b\u202e",
		"decisions": `{"id":` + name + `,"callId":"c","method":"INVITE","processor":` + name +
			`,"code":"OK","message":` + request + "}\n" +
			`{"id":"d","callId":"c","method":"INVITE","processor":"","code":"INTERNAL","error":` + name +
			`,"message":` + request + "}\n",
		"tests.yaml": "name: " + name + "\ntests:\n- name: " + name + "\n  message: {json: " + request +
			"}\n  expect: {processor: " + name + "}\n" +
			"- name: " + quoted("other "+foreign) + "\n  message: {json: " + request +
			"}\n  expect: {code: NOT_FOUND, rules: {" + name + ": match}}\n",
		"bad-tests.yaml": "tests:\n- " + name + ": 1\n",
	}
	for name, text := range files {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestForeignTextReachesNoTerminalRaw(t *testing.T) {
	path := hostileFiles(t)
	remote := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, foreign) // the client looks at it
	}))
	defer remote.Close()
	junit := filepath.Join(t.TempDir(), "junit.xml")
	for _, args := range [][]string{
		{foreign}, {"--" + foreign}, {"check", foreign}, {"explain", "--message", foreign},
		{"check", path("values.yaml")}, {"check", path("throws.yaml")}, {"check", path("bad.yaml")},
		{"check", path("raw.yaml")},
		{"check", "--json", path("values.yaml")}, {"check", "--json", path("bad.yaml")},
		{"explain", "--config", path("values.yaml"), "--message", path("request")},
		{"explain", "--config", path("throws.yaml"), "--message", path("request")},
		{"explain", "--config", path("throws.yaml"), "--message", path("request"), "--json"},
		{"explain", "--message", path("other.sip")}, {"explain", "--message", path("wrong.json")},
		{"explain", "--message", path("broken.json")},
		{"test", path("tests.yaml"), "--config", path("values.yaml"), "--coverage", "--junit", junit},
		{"test", path("tests.yaml"), "--config", path("throws.yaml"), "--coverage"},
		{"test", path("tests.yaml"), "--config", path("throws.yaml"), "--json", "--coverage"},
		{"test", path("bad-tests.yaml"), "--config", path("values.yaml")},
		{"test", path("tests.yaml"), "--run", "(" + foreign},
		{"impact", "--config", path("throws.yaml"), "--decisions", path("decisions")},
		{"impact", "--config", path("throws.yaml"), "--decisions", path("decisions"), "--json"},
		{"impact", "--config", path("values.yaml"), "--against", path("throws.yaml"), "--decisions", path("decisions")},
		{"impact", "--config", path("values.yaml"), "--decisions", path("broken.json")},
		{"impact", "--config", path("values.yaml"), "--against", remote.URL},
		{"healthcheck", "--addr", strings.TrimPrefix(remote.URL, "http://")}, {"healthcheck", "--addr", foreign},
	} {
		var out, errs bytes.Buffer
		run(args, streams{in: strings.NewReader(""), out: &out, err: &errs, getenv: func(string) string { return "" }})
		for _, printed := range []string{out.String(), errs.String()} {
			if r := raw(printed); r != "" {
				t.Errorf("%.60q printed %s:\n%q", args, r, printed)
			}
		}
		if len(args) > 1 && strings.Contains(strings.Join(args, " "), "--json") && !json.Valid(out.Bytes()) {
			t.Errorf("%.60q printed what is no JSON:\n%s", args, &out)
		}
		if out.Len()+errs.Len() == 0 {
			t.Errorf("%.60q printed nothing", args)
		}
	}
	report, err := os.ReadFile(junit)
	if err != nil {
		t.Fatal(err)
	}
	if r := raw(string(report)); r != "" || xml.Unmarshal(report, new(struct{})) != nil ||
		!strings.Contains(string(report), `\u001b[31m`) {
		t.Errorf("the JUnit report has %s:\n%q", r, report)
	}
}

func TestJSONKeepsForeignTextAsItIs(t *testing.T) {
	path := hostileFiles(t)
	var out, errs bytes.Buffer
	run([]string{"explain", "--config", path("values.yaml"), "--message", path("request"), "--json"},
		streams{in: strings.NewReader(""), out: &out, err: &errs, getenv: func(string) string { return "" }})
	var said struct{ Rules []struct{ Ref string } }
	if err := json.Unmarshal(out.Bytes(), &said); err != nil || len(said.Rules) != 2 || said.Rules[0].Ref != foreign {
		t.Errorf("%+v, %v: %s", said, err, &errs)
	}
}

func TestTheLogShowsForeignText(t *testing.T) {
	s := serve(t, strings.Replace(configFor("127.0.0.1:1"), "ref: test",
		`ref: "t\e[31m\u009b\u202e\nProcessor: forged"`, 1))
	s.signal(t, syscall.SIGTERM)
	s.exitCode()
	if r := raw(s.log.String()); r != "" || !strings.Contains(s.log.String(), `\u001b[31m\u009b\u202e`) {
		t.Errorf("the log has %s:\n%q", r, s.log.String())
	}
}
