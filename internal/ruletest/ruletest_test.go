package ruletest

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/sample"
)

const rules = `kind: MessageDispatcher
apiVersion: v2beta1
ref: d
spec:
  processors:
    - ref: help
      addr: help:1
      matchFunc: |
        req => req.message.requestUri.user === "911" &&
          req.message.requestUri.host.endsWith("local")
      methods: [INVITE]
    - ref: thrower
      addr: help:1
      matchFunc: req => req.message.contact.address.uri.user === "x"
      methods: [BYE]
    - ref: rest
      addr: rest:1
      matchFunc: req => true
      methods: [INVITE]
`

// load makes a target that calls nobody.
func load(name string, text []byte) (*Target, error) {
	cfg, err := config.Parse(name, text)
	if err != nil {
		return nil, err
	}
	var all []routing.Rule
	var stops dispatch.Stops
	for _, p := range cfg.Spec.Processors {
		fn, err := matchfunc.Compile(p.MatchFunc, matchfunc.Options{})
		if err != nil {
			return nil, err
		}
		var methods []message.Method
		for _, m := range p.Methods {
			methods = append(methods, message.Method(m))
		}
		all = append(all, routing.Rule{Ref: p.Ref, Methods: methods, Func: fn})
		stops.Processors = append(stops.Processors, dispatch.Stop{Ref: p.Ref})
	}
	table := routing.New(all, routing.Options{})
	return &Target{Config: cfg, Rules: all, Explain: func(wire []byte) (*dispatch.Explanation, error) {
		req, err := dispatch.Parse(wire)
		if err != nil {
			return nil, err
		}
		return dispatch.Explain(table.Look(context.Background(), req, routing.View{}), req, stops), nil
	}}, nil
}

// test is a YAML file with one test.
func test(message, expect string) string {
	return fmt.Sprintf("tests:\n  - name: one\n    message: %s\n    expect: %s\n", message, expect)
}

const (
	invite = `{json: {ref: c, method: INVITE, message: {requestUri: {user: "911", host: sip.local}}}}`
	remote = `{json: {ref: c, method: INVITE, message: {requestUri: {user: "911", host: a.remote}}}}`
	bye    = `{json: {method: BYE, message: {requestUri: {user: "1"}}}}`
)

// run runs a file and returns its results.
func run(t *testing.T, name, text string, opts Options) (*Suite, []Result) {
	t.Helper()
	s, err := Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	opts.Load = load
	if opts.Target == nil {
		if opts.Target, err = load("d.yaml", []byte(rules)); err != nil {
			t.Fatal(err)
		}
	}
	results, err := s.Run(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, results
}

func TestExpectationsAreCompared(t *testing.T) {
	for name, c := range map[string]struct {
		message, expect string
		diff            []string // of which each is in the diff; none where it passes
	}{
		"the processor":     {invite, "{processor: help}", nil},
		"the plan":          {invite, "{plan: [help]}", nil},
		"rules":             {invite, "{rules: {help: match, thrower: not-tried}}", nil},
		"an error":          {bye, "{code: INTERNAL, error: TypeError, rules: {thrower: error}}", nil},
		"no message at all": {"{json: {ref: a}}", "{code: INVALID_ARGUMENT, error: is missing}", nil},
		"nobody":            {"{json: {method: ACK, message: {requestUri: {}}}}", "{code: NOT_FOUND}", nil},
		"another processor": {
			invite, "{processor: rest}", []string{
				"processor:\n  want rest\n  got  help\n", `message: INVITE with ref "c" to 911@sip.local`,
				"rule help: match\nrule rest: not-tried",
			},
		},
		"why a rule said no": {
			remote, "{processor: help}", []string{
				"got  rest", "rule help: no-match",
				`d.yaml:10:11  req.message.requestUri.host.endsWith("local") `, "gave false",
			},
		},
		"a method that isn't": {
			bye, "{processor: help}", []string{
				"got  INTERNAL", "rule help: not-tried: its methods don't hold the message's",
				"rule thrower: error: TypeError", "gave nothing: it threw",
			},
		},
		"a code that isn't": {invite, "{code: NOT_FOUND}", []string{"code:\n  want NOT_FOUND\n  got  help"}},
		"an error that differs": {bye, "{code: INTERNAL, error: ReferenceError}",
			[]string{"error:\n  want … ReferenceError …\n  got  matchFunc of processor ref = thrower: TypeError"}},
		"a plan that differs": {invite, "{plan: []}", []string{"plan:\n  want []\n  got  [help]"}},
		"a rule that isn't": {
			invite, "{rules: {hlep: match}}", []string{"rule hlep:\n  want match\n  got  there is no such rule"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, results := run(t, "t.yaml", test(c.message, c.expect), Options{})
			r := results[0]
			if r.Passed != (c.diff == nil) {
				t.Errorf("passed: %t\n%s", r.Passed, r.Diff)
			}
			for _, want := range c.diff {
				if !strings.Contains(r.Diff, want) {
					t.Errorf("%q is not in\n%s", want, r.Diff)
				}
			}
		})
	}
}

func TestWhatIsWrongWithAFileHasItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		test(invite, "{procesor: help}"): `t.yaml:4:14: tests[0].expect: unknown property "procesor"; ` +
			`did you mean "processor"?`,
		test(invite, "{}"): "t.yaml:4:13: tests[0].expect: expects nothing",
		test(invite, "{processor: a, code: NOT_FOUND}"): "tests[0].expect.code: a processor is expected already",
		test(invite, "{processor: a, error: x}"):        "tests[0].expect.error: needs a code beside it",
		test(invite, "{code: NOTFOUND}"):                `did you mean "NOT_FOUND"?`,
		test(invite, "{rules: {help: matched}}"): "t.yaml:4:28: tests[0].expect.rules.help: must be " +
			"one of match, no-match",
		test("{}", "{processor: a}"):                        "t.yaml:3:14: tests[0].message: a message is one of",
		test(`{sip: x, protobuf: ""}`, "{processor: a}"):    "tests[0].message.protobuf: must be a string",
		test(`{sip: x, protobuf: CgFh}`, "{processor: a}"):  "here are protobuf and sip",
		test(`{protobuf: "?"}`, "{processor: a}"):           "tests[0].message.protobuf: must be base64",
		test(`{json: {metod: INVITE}}`, "{processor: a}"):   `tests[0].message.json: read a MessageRequest`,
		test("\n      sip: |\n        X", "{processor: a}"): "t.yaml:5:9: tests[0].message.sip:",
		"tests: []": "tests: must have at least one entry",
		test(invite, "{processor: a}") + "  - {name: one, message: " + invite +
			", expect: {code: NOT_FOUND}}\n": "t.yaml:5:12: tests[1].name: another test",
	} {
		if _, err := Parse("t.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nwant %s\ngot  %v", text, want, err)
		}
	}
}

func TestWhatFollowsFromAProblemIsNotSaid(t *testing.T) {
	const right = "{processor: a}"
	for text, want := range map[string]int{
		strings.Replace(test(invite, right), "message:", "mesage:", 1): 1,
		strings.Replace(test(invite, right), "expect:", "expct:", 1):   1,
		test("{jsn: {}}", right):                                          1,
		test(invite, "{procesor: help}"):                                  1,
		"tests:\n  - {name: one, expect: " + right + "}\n":                1,
		"tests:\n  - {name: one, message: " + invite + "}\n":              1,
		test("{json: {metod: INVITE}}", right) + "    more: 1\n":          2, // one doesn't follow from the other
		test("{json: {metod: INVITE}}", "{procesor: help}"):               2,
		test(invite, "{processor: a, code: NOT_FOUND}") + "    more: 1\n": 2,
	} {
		_, err := Parse("t.yaml", []byte(text))
		var e *config.Error
		if !errors.As(err, &e) || len(e.Problems) != want {
			t.Errorf("%s\nwant %d problems, and got\n%v", text, want, err)
		}
	}
}

func TestAnArchiveIsATest(t *testing.T) {
	const head, expect = "# A call for help.\nMore.\n-- message.json --\n{\"method\": \"INVITE\", \"message\": " +
		"{\"requestUri\": {\"user\": \"1\"}}}\n", "-- expect.yaml --\nprocessor: own # why\n"
	own := head + expect + "-- dispatcher.yaml --\n" + strings.ReplaceAll(rules, "rest", "own")
	_, results := run(t, "a.txtar", own, Options{})
	if len(results) != 1 || !results[0].Passed || results[0].Name != "A call for help." {
		t.Errorf("%+v", results)
	}
	wrong := strings.Replace(own, "processor: own", "processor: help", 1)
	s, results := run(t, "a.txtar", wrong, Options{})
	if results[0].Passed {
		t.Fatal("it passed")
	}
	updated, err := s.Update(results)
	if diff := cmp.Diff(own, string(updated)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for text, want := range map[string]string{
		head:                            "expect.yaml is missing",
		expect:                          "no message",
		head + expect + "-- x --\n":     "x is none of",
		head + "-- message.sip --\nx\n": "message.json and message.sip are both there",
		"-- message.sip --\n\nINVITE\n": "a.txtar: message.sip:2:1: ",
		head + "-- expect.yaml --\ncod: NOT_FOUND\n": "a.txtar: expect.yaml:1:1: unknown property",
	} {
		if _, err := Parse("a.txtar", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nwant %s\ngot  %v", text, want, err)
		}
	}
}

func TestUpdateChangesExpectationsAlone(t *testing.T) {
	const before = `# About calls.
tests:
  - name: block
    message: ` + remote + `
    expect:
      # comment stays
      processor: help # why
      plan: [auth, help]
      rules:
        rest: not-tried

  - name: flow
    message: ` + bye + `
    expect: {code: NOT_FOUND, error: nothing} # here too
  # before the last
  - name: fine
    message: ` + remote + `
    expect: { processor: rest }
  - name: to a code
    message: ` + bye + `
    expect:
      processor: help # gone
`
	const after = `# About calls.
tests:
  - name: block
    message: ` + remote + `
    expect:
      # comment stays
      processor: rest # why
      plan: [rest]
      rules: {rest: match}

  - name: flow
    message: ` + bye + `
    expect: {code: INTERNAL, error: "matchFunc of processor ref = thrower: TypeError: Cannot read properties of null (reading 'address') (line 1, column 8)"} # here too
  # before the last
  - name: fine
    message: ` + remote + `
    expect: { processor: rest }
  - name: to a code
    message: ` + bye + `
    expect:
      code: INTERNAL # gone
`
	s, results := run(t, "t.yaml", before, Options{})
	got, err := s.Update(results)
	if diff := cmp.Diff(after, string(got)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, results = run(t, "t.yaml", after, Options{})
	for _, r := range results {
		if !r.Passed {
			t.Errorf("%s fails after the update:\n%s", r.Name, r.Diff)
		}
	}
	shared := "tests:\n  - {name: a, message: " + bye + ", expect: &x {code: NOT_FOUND}}\n  - {name: b, message: " +
		invite + ", expect: *x}\n"
	s, results = run(t, "t.yaml", shared, Options{})
	if text, err := s.Update(results); err == nil {
		t.Errorf("an expectation that is shared was changed:\n%s", text)
	}
}

func TestCoverageSaysWhatWasNotSeen(t *testing.T) {
	target, err := load("d.yaml", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	c := NewCoverage(target)
	if c.Percent() != 0 || !strings.Contains(c.String(), "rule help: never tried") {
		t.Errorf("before any test: %s", c)
	}
	run(t, "t.yaml", test(remote, "{processor: rest}"), Options{Target: target, Coverage: c})
	for _, want := range []string{
		"rule help: never matched\n", `d.yaml:10:11: req.message.requestUri.host.endsWith("local"): never true`,
		`d.yaml:9:16: req.message.requestUri.user === "911": never false`,
		"rule thrower: never tried", "100.0%  rule rest\n",
	} {
		if !strings.Contains(c.String(), want) {
			t.Errorf("%q is not in\n%s", want, c)
		}
	}
	run(t, "t.yaml", test(invite, "{processor: help}"), Options{Target: target, Coverage: c})
	run(t, "t.yaml", test(strings.Replace(invite, "911", "1", 1), "{processor: rest}"), Options{
		Target: target, Coverage: c,
	})
	run(t, "t.yaml", test(bye, "{code: INTERNAL}"), Options{Target: target, Coverage: c})
	if text := c.String(); !strings.Contains(text, "100.0%  rule help\n") ||
		!strings.Contains(text, "rule thrower: always failed") {
		t.Errorf("after all:\n%s", text)
	}
}

func TestTestsAreSelectedByName(t *testing.T) {
	text := "name: calls\n" + test(invite, "{processor: help}") + "  - {name: two, message: " + bye +
		", expect: {code: INTERNAL}}\n"
	_, results := run(t, "t.yaml", text, Options{Run: regexp.MustCompile("^calls/two$")})
	if len(results) != 1 || results[0].Name != "two" {
		t.Errorf("%+v", results)
	}
}

func TestJUnitIsWellFormed(t *testing.T) {
	text := test(invite, "{processor: rest}") + "  - {name: two <&>, message: " + bye + ", expect: {code: INTERNAL}}\n"
	_, results := run(t, "t.yaml", text, Options{})
	var b bytes.Buffer
	if err := WriteJUnit(&b, results); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	one, two := got.Suites[0].Cases[0], got.Suites[0].Cases[1]
	if got.Tests != 2 || got.Failures != 1 || one.Failure.Message != "processor: want rest got help" ||
		one.Failure.Text != results[0].Diff ||
		two.Failure != nil || two.Name != "two <&>" || two.File != "t.yaml" {
		t.Errorf("%s", &b)
	}
}

func TestEverySampleCanBeSavedAsATest(t *testing.T) {
	target, err := load("demo.yaml", sample.DemoConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range sample.All() {
		m.Request.Message.Body += "\x7f\u0085\u2028\ufeff\t'\"\\ € 😀 # : \x00"
		wire, err := proto.Marshal(m.Request)
		if err != nil {
			t.Fatal(err)
		}
		x, err := target.Explain(wire)
		if err != nil {
			t.Fatal(err)
		}
		selected := ""
		if x.Selected != nil {
			selected = *x.Selected
		}
		saved := FromMessage(m.Name+": # odd", wire, selected, x.Code)
		s, results := run(t, "saved.yaml", string(saved), Options{Target: target})
		if len(results) != 1 || !results[0].Passed || results[0].Name != m.Name+": # odd" {
			t.Errorf("%+v\n%s", results, saved)
		}
		want, got := view(t, wire), view(t, s.Tests[0].Wire)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", m.Name, diff)
		}
	}
	if text := FromMessage("junk", []byte{0xff}, "", "INVALID_ARGUMENT"); !bytes.HasPrefix(text,
		[]byte("# No test of junk: ")) {
		t.Errorf("%s", text)
	}
}

func view(t *testing.T, wire []byte) string {
	t.Helper()
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	return string(req.AppendJSON(nil))
}

// FuzzParse holds that a file is read or refused, and that what is read can be run and put right.
func FuzzParse(f *testing.F) {
	f.Add("t.yaml", test(invite, "{processor: rest}"))
	f.Add("t.yaml", test("\n      sip: |\n        X", "\n      code: NOT_FOUND\n"))
	f.Add("t.txtar", "-- message.b64 --\nCgZjYWxsLTQYAkICCAI=\n-- expect.yaml --\nprocessor: rest\n")
	target, err := load("d.yaml", []byte(rules))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		s, err := Parse(name, []byte(text))
		if err != nil || s.Config != nil {
			return
		}
		results, err := s.Run(Options{Target: target})
		if err != nil {
			t.Fatal(err)
		}
		if updated, err := s.Update(results); err == nil {
			if _, err := Parse(name, updated); err != nil {
				t.Errorf("it was put wrong: %v", err)
			}
		}
	})
}
