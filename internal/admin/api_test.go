package admin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/sample"
)

const chat = `{"json":{"method":"MESSAGE","message":{"requestUri":{"user":"bob","host":"sip.local"}}}}`

func TestTheConfigurationIsShownWithoutItsSecrets(t *testing.T) {
	s := newSide(t)
	var got struct {
		Epoch                  uint64
		LoadedAt, Source, Hash string
		Config                 map[string]any
	}
	s.get(request("GET", "/api/v1/config", ""), &got)
	if got.Epoch != 7 || got.LoadedAt != "2026-01-02T03:04:05Z" ||
		got.Source != "dispatcher.yaml" || len(got.Hash) != 64 {
		t.Errorf("%+v", got)
	}
	spec := got.Config["spec"].(map[string]any)
	if url := spec["decisions"].(map[string]any)["nats"].(map[string]any)["url"]; url != "nats://"+
		strings.Repeat("*", len("dispatcher:s3cret-nats"))+"@127.0.0.1:4222" {
		t.Errorf("the URL is shown as %v", url)
	}
	rule := spec["processors"].([]any)[0].(map[string]any)
	if rule["matchFunc"] != "req => req.message.requestUri.host === 'sip.local'" || rule["timeout"] != "5s" ||
		rule["methods"].([]any)[0] != "MESSAGE" {
		t.Errorf("a processor is shown as %v", rule)
	}
}

// TestTheConfigurationCanBeLoadedAgain reads what the API shows of a configuration in which every property is set, and
// of the smallest one, back in.
func TestTheConfigurationCanBeLoadedAgain(t *testing.T) {
	const small = `{kind: MessageDispatcher, apiVersion: v2beta1, ref: r, spec: {processors: [{ref: a, addr: "a:1", methods: [INVITE], matchFunc: "req => true"}]}}`
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"small.yaml": small, "full.yaml": string(full)} {
		before, err := config.Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		shown, err := json.Marshal(resource(reflect.ValueOf(before).Elem()))
		if err != nil {
			t.Fatal(err)
		}
		after, err := config.Parse("shown.json", shown)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, shown)
			continue
		}
		if diff := cmp.Diff(before.Spec, after.Spec, cmpopts.EquateEmpty()); diff != "" || before.Ref != after.Ref {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNoSecretLeaves(t *testing.T) {
	s := newSide(t, withToken("s3cret-token"))
	s.record("call-1", "chat", 0)
	s.record("call-2", "", 5)
	s.reloadErr = config.NewError([]config.Problem{{Path: "spec.decisions.nats.url", Line: 1, Column: 9,
		Message: "nats://u:s3cret-problem@h isn't one", Snippet: "   1 | url: nats://u:s3cret-problem@h\n     |      ^",
		Severity: config.SeverityError}})
	var list decisionList
	allowed := header("Authorization", "Bearer s3cret-token")
	s.get(request("GET", "/api/v1/decisions", "", allowed), &list)
	answers := ""
	for _, path := range []string{
		"/", "/api/v1/config", "/api/v1/decisions", "/api/v1/decisions/" + list.Decisions[0].ID,
		"/api/v1/decisions/" + list.Decisions[1].ID,
		"/api/v1/decisions/" + list.Decisions[0].ID + "/test", "/api/v1/backends",
	} {
		answers += s.do(request("GET", path, "", allowed)).Body.String()
		answers += s.do(request("GET", path, "", peer(remote),
			header("Authorization", "Bearer s3cret-tokem"))).Body.String()
	}
	answers += s.do(request("POST", "/api/v1/reload", "", allowed)).Body.String()
	answers += s.do(request("POST", "/api/v1/config/impact",
		encode(t, map[string]any{"config": resourceText}), allowed)).Body.String()
	for where, text := range map[string]string{"an answer": answers, "the log": s.log.String()} {
		if i := strings.Index(text, "s3cret"); i >= 0 {
			t.Errorf("%s has a secret: %s", where, text[max(0, i-200):min(len(text), i+50)])
		}
	}
}

func TestACheckSaysWhatIsWrongAndWhere(t *testing.T) {
	s := newSide(t)
	broken := strings.NewReplacer("&& true", "&& ", "ref: auth", "reff: auth").Replace(resourceText)
	for name, c := range map[string]struct {
		body, media string
		valid       bool
		paths       []string // of the problems
	}{
		"good, with a hint": {
			resourceText, "application/yaml", true,
			[]string{"spec.processors[0].matchFunc", "spec.processors[1].matchFunc"},
		},
		"without a media type": {
			resourceText, "", true, []string{"spec.processors[0].matchFunc", "spec.processors[1].matchFunc"},
		},
		"a rule and a property": {broken, "text/plain; charset=utf-8", false,
			[]string{"spec.middlewares[0]", "spec.processors[0].matchFunc", "spec.processors[1].matchFunc"}},
		"no YAML": {"a: [", "application/yaml", false, []string{""}},
		"JSON":    {"{\"kind\": 1}", "application/json", false, []string{"kind", "apiVersion", "ref", "spec"}},
		"nothing": {" ", "application/yaml", false, []string{""}},
		"a mask that hides nothing": {
			strings.Replace(resourceText, "decisions: {", "decisions: {mask: [message.nothing], ", 1),
			"application/yaml", false,
			[]string{"spec.decisions.mask", "spec.processors[0].matchFunc", "spec.processors[1].matchFunc"},
		},
		"a rule that nothing gets to": {
			resourceText + "    - {ref: all, addr: 'x:1', methods: [BYE], matchFunc: 'req => true'}\n" +
				"    - {ref: late, addr: 'x:1', methods: [BYE], matchFunc: 'req => true'}\n",
			"application/yaml", true,
			[]string{"spec.processors[0].matchFunc", "spec.processors[1].matchFunc", "spec.processors[3]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got checked
			s.get(request("POST", "/api/v1/config/check", c.body, func(r *http.Request) {
				r.Header.Del("Content-Type")
				if c.media != "" {
					r.Header.Set("Content-Type", c.media)
				}
			}), &got)
			var paths []string
			for _, p := range got.Problems {
				paths = append(paths, p.Path)
			}
			slices.Sort(paths)
			slices.Sort(c.paths)
			if diff := cmp.Diff(c.paths, slices.Compact(paths)); diff != "" || got.Valid != c.valid {
				t.Errorf("valid: %t, problems (-want +got):\n%s%+v", got.Valid, diff, got.Problems)
			}
		})
	}
}

func TestAReloadSaysWhatCameOfIt(t *testing.T) {
	s := newSide(t)
	var got struct{ Epoch uint64 }
	if s.get(request("POST", "/api/v1/reload", ""), &got); got.Epoch != 8 {
		t.Errorf("epoch %d", got.Epoch)
	}
	s.reloadErr = errBroken
	if p := s.refused(request("POST", "/api/v1/reload", ""), 422, "config-unreadable"); !strings.Contains(p.Detail,
		errBroken.Error()) {
		t.Errorf("%+v", p)
	}
	s.reloadErr = config.NewError([]config.Problem{
		{Path: "spec.processors", Line: 3, Column: 4, Message: "are missing", Severity: config.SeverityError},
	})
	p := s.refused(request("POST", "/api/v1/reload", ""), 422, "config-invalid")
	if len(p.Problems) != 1 || p.Detail != "line 3, column 4: spec.processors: are missing" {
		t.Errorf("%+v", p)
	}
}

func TestAFailedReloadIsShown(t *testing.T) {
	s := newSide(t, func(o *Options) {
		before := o.Snapshot
		o.Snapshot = func() Snapshot {
			snapshot := before()
			snapshot.Failed = &FailedReload{Time: snapshot.LoadedAt, Error: errBroken}
			return snapshot
		}
	})
	var got struct{ FailedReload struct{ Detail string } }
	if s.get(request("GET", "/api/v1/config", ""), &got); got.FailedReload.Detail != errBroken.Error() {
		t.Errorf("%+v", got)
	}
}

func TestARuleIsTriedOnMessagesOfEveryForm(t *testing.T) {
	s := newSide(t)
	invite, _ := sample.ByName("invite-sdp")
	var samples struct{ Samples []sampleView }
	s.get(request("GET", "/api/v1/samples", ""), &samples)
	i := slices.IndexFunc(samples.Samples, func(s sampleView) bool { return s.Name == invite.Name })
	if len(samples.Samples) != len(sample.All()) || i < 0 {
		t.Fatalf("%d samples", len(samples.Samples))
	}
	body := encode(t, map[string]any{
		"matchFunc": `req => req.method === "INVITE" && !req.metadata.x ? {a: [1]} : req.message.contact.expires`,
		"messages": []any{
			map[string]any{"sip": invite.SIP}, map[string]any{"sip": strings.ReplaceAll(invite.SIP, "\r\n", "\n")},
			map[string]any{"protobuf": base64.StdEncoding.EncodeToString(samples.Samples[i].Protobuf)},
			map[string]any{"json": samples.Samples[i].JSON},
			map[string]any{"json": map[string]any{"method": "BYE", "message": map[string]any{}}},
			map[string]any{
				"json": map[string]any{
					"method": "BYE", "message": map[string]any{"contact": map[string]any{"expires": 0}},
				},
			},
		},
	})
	var got evaluated
	s.get(request("POST", "/api/v1/rules/evaluate", body), &got)
	var outcomes []string
	for _, r := range got.Results {
		outcomes = append(outcomes, r.Outcome+" "+string(r.Value))
	}
	want := []string{`match {"a":[1]}`, `match {"a":[1]}`, `match {"a":[1]}`, `match {"a":[1]}`, "error ", "no-match 0"}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := got.Results[4].Error; e == nil || e.Name != "TypeError" || e.Line != 1 || e.Column == 0 {
		t.Errorf("the error is %+v", e)
	}
	if len(got.Results[0].Operands) == 0 || got.Results[0].DurationNs <= 0 {
		t.Errorf("%+v", got.Results[0])
	}
}

func TestARuleInTheEngineSaysWhyItIsThere(t *testing.T) {
	s := newSide(t)
	var got evaluated
	s.get(request("POST", "/api/v1/rules/evaluate",
		`{"matchFunc":"req => { while (req.ref) { return 1 } }","messages":[{"json":{"ref":"x"}}]}`), &got)
	if got.Compiled || got.Reason == "" || got.At == nil || got.At.Line != 1 || got.Results[0].Outcome != "match" {
		t.Errorf("%+v", got)
	}
}

// TestWhatAnEditorShows has places that end, in UTF-16 too, sentences, and what decided.
func TestWhatAnEditorShows(t *testing.T) {
	s := newSide(t)
	try := func(rule string, code int, into any) {
		t.Helper()
		w := s.do(request("POST", "/api/v1/rules/evaluate", encode(t, map[string]any{
			"matchFunc": rule, "messages": []any{map[string]any{"json": map[string]any{"method": "BYE"}}},
		})))
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil || w.Code != code {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	var p Problem
	try(`req => "😀" && req.method === "INVTE" && console`, http.StatusUnprocessableEntity, &p)
	if p.Offset == nil || p.To == nil || p.To.Offset-*p.Offset != len("console") || *p.Offset != p.Column {
		t.Errorf("the place of the error is %+v", p) // one character of two code units is in front of it
	}
	if len(p.Warnings) != 1 || p.Warnings[0].To.Column != p.Warnings[0].Column+len(`"INVTE"`) {
		t.Errorf("the warnings of a rule that doesn't load are %+v", p.Warnings)
	}
	var got evaluated
	try(`req => req.method === "INVITE" || req.ref === "x"`, http.StatusOK, &got)
	r := got.Results[0]
	if r.Because != `The method is "BYE" and must be "INVITE", or the ref is "" and must be "x"` || r.Flips != 1 {
		t.Errorf("because %q, %d flips", r.Because, r.Flips)
	}
	if o := r.Operands[2]; o.Path != "method" || o.Op != "path" || o.Parent != 1 || !r.Operands[1].Decisive {
		t.Errorf("the operands are %+v", r.Operands)
	}
}

func TestHostileRulesAreStopped(t *testing.T) {
	s := newSide(t)
	for _, rule := range []string{
		"req => { let a = [1]; while (true) a = a.concat(a) }",
		"req => { for (let s = 'x';; s += s) {} }",
	} {
		w := s.do(request("POST", "/api/v1/rules/evaluate",
			encode(t, map[string]any{"matchFunc": rule, "messages": []any{map[string]any{"json": map[string]any{}}}})))
		stopped := w.Code == 422 && strings.Contains(w.Body.String(), "limit-exceeded") &&
			strings.Contains(w.Body.String(), `"line":1,"column":1`)
		failed := w.Code == 200 && strings.Contains(w.Body.String(), `"outcome":"error"`)
		if !stopped && !failed {
			t.Errorf("%s: %d %s", rule, w.Code, w.Body)
		}
	}
	var got evaluated
	if s.get(request("POST", "/api/v1/rules/evaluate", `{"matchFunc":"req => true","messages":[`+chat+`]}`),
		&got); got.Results[0].Outcome != "match" {
		t.Errorf("a good rule afterwards: %+v", got)
	}
}

func TestAMessageIsExplained(t *testing.T) {
	s := newSide(t)
	const candidate = "kind: MessageDispatcher\napiVersion: v2beta1\nref: new\nspec:\n  processors:\n" +
		"    - {ref: never, addr: 'x:1', methods: [MESSAGE], matchFunc: 'req => req.ref === \"a\" || req.ref === " +
		"\"b\"'}\n    - {ref: new, addr: 'y:1', methods: [MESSAGE], matchFunc: 'req => 1'}\n"
	ref := func(stops []dispatch.Stop) (refs []string) {
		for _, s := range stops {
			refs = append(refs, s.Ref)
		}
		return refs
	}
	var got dispatch.Explanation
	s.get(request("POST", "/api/v1/route/explain", `{"message":`+chat+`}`), &got)
	if diff := cmp.Diff([]string{"auth", "chat", "log"}, ref(got.Plan)); diff != "" || *got.Selected != "chat" ||
		got.Rules[1].Outcome != "not-tried" {
		t.Errorf("%+v\n%s", got, diff)
	}
	if len(got.Rules[0].Operands) == 0 {
		t.Error("the rule that took it has no operands")
	}
	got = dispatch.Explanation{}
	s.get(request("POST", "/api/v1/route/explain", encode(t, map[string]any{
		"config": candidate, "message": map[string]any{
			"json": map[string]any{"method": "MESSAGE", "message": map[string]any{"requestUri": map[string]any{}}},
		},
	})), &got)
	if diff := cmp.Diff([]string{"new"}, ref(got.Plan)); diff != "" || *got.Selected != "new" ||
		got.Rules[0].Outcome != "no-match" || len(got.Rules[0].Operands) == 0 {
		t.Errorf("%+v\n%s", got, diff)
	}
	got = dispatch.Explanation{}
	s.get(request("POST", "/api/v1/route/explain", `{"message":{"json":{"method":"BYE","message":{"requestUri":{}}}}}`),
		&got)
	if got.Selected != nil || got.Code != "NOT_FOUND" {
		t.Errorf("%+v", got)
	}
	got = dispatch.Explanation{}
	s.get(request("POST", "/api/v1/route/explain",
		`{"message":{"json":{"method":"INVITE","message":{"requestUri":{}}}}}`), &got)
	if got.Selected != nil || got.Code != "INTERNAL" || got.Rules[1].Error == nil || got.Rules[1].Error.Column == 0 {
		t.Errorf("%+v", got)
	}
	s.refused(request("POST", "/api/v1/route/explain", encode(t, map[string]any{
		"config": "kind: x", "message": map[string]any{
			"json": map[string]any{"message": map[string]any{"requestUri": map[string]any{}}},
		},
	})), 422, "config-invalid")
}

func TestForeignTextIsEscapedInReplies(t *testing.T) {
	s := newSide(t)
	const ref = "\u009b2J\u202e\u2028\x7f"
	body := encode(t, map[string]any{
		"message": map[string]any{
			"json": map[string]any{
				"ref": ref, "method": "BYE", "message": map[string]any{"requestUri": map[string]any{}},
			},
		},
	})
	w := s.do(request("POST", "/api/v1/route/explain", body))
	var got dispatch.Explanation
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !strings.HasSuffix(got.Error, ref) ||
		strings.ContainsAny(w.Body.String(), ref[:2]+"\u202e\x7f") {
		t.Errorf("%v: %q", err, w.Body)
	}
}

func TestAChangeIsTriedOnWhatWasRecorded(t *testing.T) {
	s := newSide(t)
	s.record("call-1", "chat", 0)
	s.record("call-2", "chat", 0)
	candidate := strings.Replace(resourceText, "'sip.local'", "'other'", 1)
	var got impact.Report
	s.get(request("POST", "/api/v1/config/impact", encode(t, map[string]any{"config": candidate, "last": 10})), &got)
	if got.Messages != 2 || got.Moved != 2 || got.Moves[0].From != "chat" || got.Moves[0].To != "NOT_FOUND" ||
		len(got.Moves[0].Examples) != 2 {
		t.Errorf("%+v", got)
	}
	s.get(request("POST", "/api/v1/config/impact", encode(t, map[string]any{"config": resourceText, "last": 1})), &got)
	if got.Messages != 1 || got.Moved != 0 {
		t.Errorf("%+v", got)
	}
	s.refused(request("POST", "/api/v1/config/impact", `{"config":"kind: x"}`), 422, "config-invalid")
	s.refused(request("POST", "/api/v1/config/impact", `{"last":1}`), 400, "request-invalid")
	s.refused(request("POST", "/api/v1/config/impact", `{"config":"","last":0}`), 400, "request-invalid")
}

func TestDecisionsAreListedFilteredAndSaved(t *testing.T) {
	s := newSide(t)
	s.record("call-1", "chat", 0)
	s.record("call-2", "", 5)
	s.record("call-3", "chat", 0)
	ids := func(query string) (calls []string, next *string) {
		var list decisionList
		s.get(request("GET", "/api/v1/decisions"+query, ""), &list)
		for _, e := range list.Decisions {
			calls = append(calls, e.CallID)
		}
		return calls, list.Next
	}
	for query, want := range map[string][]string{
		"": {"call-3", "call-2", "call-1"}, "?processor=chat": {"call-3", "call-1"}, "?code=not_found": {"call-2"},
		"?callId=call-1":          {"call-1"},
		"?code=NOT_FOUND&code=OK": {"call-3", "call-2", "call-1"}, "?code=!OK": {"call-2"}, "?failed=true": {"call-2"},
		"?processor=-": {"call-2"}, "?q=LL-2": {"call-2"}, "?user=bob&limit=1": {"call-3"}, "?user=!bob": nil,
		"?kind=response": nil,
		"?method=INVITE": nil, "?method=MESSAGE&code=OK&limit=1": {"call-3"}, "?since=2999-01-01T00:00:00Z": nil,
	} {
		if got, _ := ids(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v", query, got)
		}
	}
	_, next := ids("?limit=2")
	if next == nil {
		t.Fatal("there is no next page")
	}
	if got, next := ids("?limit=2&before=" + *next); !slices.Equal(got, []string{"call-1"}) || next != nil {
		t.Errorf("the next page: %v", got)
	}
	var list decisionList
	s.get(request("GET", "/api/v1/decisions?callId=call-1", ""), &list)
	one := "/api/v1/decisions/" + list.Decisions[0].ID
	var entry struct{ Message map[string]any }
	if s.get(request("GET", one, ""), &entry); entry.Message["ref"] != "call-1" {
		t.Errorf("%+v", entry)
	}
	if w := s.do(request("GET", one+"/test", "")); w.Code != 200 ||
		!strings.Contains(w.Body.String(), "processor: chat") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.refused(request("GET", "/api/v1/decisions/none", ""), 404, "not-found")
	s.refused(request("GET", "/api/v1/decisions/none/test", ""), 404, "not-found")
	for query, parameter := range map[string]string{
		"?limit=0": "limit", "?limit=1001": "limit", "?limit=x": "limit", "?method=NONE": "method",
		"?code=NONE": "code", "?before=x": "before",
		"?since=yesterday": "since", "?unknown=1": "unknown", "?limit=1&limit=2": "limit",
		"?failed=true&failed=true": "failed", "?epoch=x": "epoch", "?kind=x": "kind",
		"?minDuration=5": "minDuration", "?responseType=x": "responseType",
	} {
		if p := s.refused(request("GET", "/api/v1/decisions"+query, ""), 400, "request-invalid"); p.Path != parameter {
			t.Errorf("%s: %+v", query, p)
		}
	}
}

func TestWhatIsWrongWithABodyIsSaidWithItsPlace(t *testing.T) {
	s := newSide(t)
	const evaluate, explain = "/api/v1/rules/evaluate", "/api/v1/route/explain"
	for name, c := range map[string]struct {
		path, body string
		status     int
		kind       string
		line       int
		column     int
		at         string
	}{
		"no JSON":    {evaluate, "{\n  matchFunc: 1}", 400, "request-invalid", 2, 3, ""},
		"half JSON":  {evaluate, `{"matchFunc":`, 400, "request-invalid", 1, 14, ""},
		"a list":     {evaluate, `[]`, 400, "request-invalid", 1, 1, ""},
		"two values": {evaluate, `{"matchFunc":"req => 1"} 1`, 400, "request-invalid", 1, 25, ""},
		"an unknown member": {
			evaluate, "{\"matchFunc\":\"req => 1\",\n \"massages\":[]}", 400, "request-invalid", 2, 2, "massages",
		},
		"an unknown form": {evaluate, `{"matchFunc":"req => 1","messages":[{"json":{"xml":1}},{"xml":""}]}`,
			400, "request-invalid", 1, 57, "messages[1].xml"},
		"a member that is there twice": {
			evaluate, `{"matchFunc":"req => 1","matchFunc":"req => 0"}`, 400, "request-invalid", 1, 25, "matchFunc",
		},
		"a message's form that is there twice": {evaluate, `{"matchFunc":"req => 1","messages":[{"json":{},"json":{}}]}`,
			400, "request-invalid", 1, 48, "messages[0].json"},
		"a term that is there twice": {
			evaluate, `{"matchFunc":"req => 1","recorded":{"filter":{"method":"INVITE","method":"BYE"}}}`,
			400, "request-invalid", 1, 65, "recorded.filter.method",
		},
		"a member in another case": {evaluate, `{"MatchFunc":"req => 1"}`, 400, "request-invalid", 1, 2, "MatchFunc"},
		"one of two that is in another case": {
			explain, `{"message":{"json":{}},"Message":{"sip":""}}`, 400, "request-invalid", 1, 24, "Message",
		},
		"protobuf that is no base64": {
			evaluate, `{"matchFunc":"req => 1","messages":[{"json":{}},{"protobuf":"!"}]}`,
			400, "request-invalid", 1, 61, "messages[1].protobuf",
		},
		"no rule":                 {evaluate, `{}`, 400, "request-invalid", 0, 0, "matchFunc"},
		"a rule that is a number": {evaluate, `{"matchFunc":1}`, 400, "request-invalid", 1, 14, "matchFunc"},
		"no message":              {explain, `{}`, 400, "request-invalid", 0, 0, "message"},
		"a message of no form": {
			evaluate, `{"matchFunc":"req => 1","messages":[{}]}`, 400, "message-invalid", 0, 0, "messages[0]",
		},
		"a message of two forms": {
			explain, `{"message":{"json":{},"sip":"x"}}`, 400, "message-invalid", 0, 0, "message",
		},
		"SIP that isn't": {
			explain, `{"message":{"sip":"INVITE sip:x SIP/2.0\r\nVia\r\n\r\n"}}`, 400,
			"message-invalid", 1, 1, "message",
		},
		"protobuf that isn't": {evaluate, `{"matchFunc":"req => 1","messages":[{"json":{}},{"protobuf":"/w=="}]}`,
			400, "message-invalid", 0, 0, "messages[1]"},
		"JSON that isn't one": {
			explain, `{"message":{"json":{"nothing":1}}}`, 400, "message-invalid", 0, 0, "message",
		},
		"nothing in the message": {explain, `{"message":{"json":{}}}`, 400, "message-invalid", 0, 0, "message"},
		"a rule that doesn't load": {
			evaluate, `{"matchFunc":"req =>\n  req.method ===="}`, 422, "rule-invalid", 2, 17, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.refused(request("POST", c.path, c.body), c.status, c.kind)
			if p.Line != c.line || p.Column != c.column || p.Path != c.at ||
				(p.Line > 0) != strings.Contains(p.Snippet, "^") {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestBodiesAreLimited(t *testing.T) {
	s := newSide(t)
	large := strings.Repeat(" ", maxBody+1)
	s.refused(request("POST", "/api/v1/rules/evaluate", large), 413, "too-large")
	s.refused(request("POST", "/api/v1/config/check", strings.Repeat(" ", config.MaxBytes+1)), 413, "too-large")
	s.refused(request("POST", "/api/v1/config/impact", strings.Repeat(" ", maxConfigBody+1)), 413, "too-large")
	many := strings.Repeat(`{"json":{}},`, 1000) + `{"json":{}}`
	s.refused(request("POST", "/api/v1/rules/evaluate", `{"matchFunc":"req => 1","messages":[`+many+`]}`),
		413, "too-large")
}

func TestPathsTakeTheirMethodsOnly(t *testing.T) {
	s := newSide(t)
	for path, methods := range document().Paths {
		path = strings.Replace(path, "{id}", "x", 1)
		var takes []string
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			if _, there := methods[strings.ToLower(strings.Replace(method, "HEAD", "GET", 1))]; there {
				takes = append(takes, method)
			}
		}
		allow := strings.Join(takes, ", ")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			if strings.Contains(allow, method) {
				continue
			}
			w := s.do(request(method, "/api/v1"+path, ""))
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
				t.Errorf("%s %s: %d, Allow: %s", method, path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	for _, path := range []string{
		"/config", "/decisions", "/decisions/stream", "/backends", "/shadow", "/samples", "/openapi.json",
	} {
		if path == "/decisions/stream" {
			continue // has a test of its own, with a real server
		}
		if w := s.do(request("HEAD", "/api/v1"+path, "")); w.Code != 200 {
			t.Errorf("HEAD %s: %d", path, w.Code)
		}
		if w := s.do(request("GET", "/api/v1"+path, "")); w.Code != 200 {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
	s.refused(request("GET", "/api/v2/config", ""), 404, "not-found")
}

func TestAPanicIsAnsweredCountedAndLogged(t *testing.T) {
	s := newSide(t, func(o *Options) { o.Shadow = func() *impact.ShadowReport { panic("of the test") } })
	was := slog.Default()
	slog.SetDefault(s.opts.Log)
	t.Cleanup(func() { slog.SetDefault(was) })
	before := panics.Count()
	s.refused(request("GET", "/api/v1/shadow", ""), 500, "internal")
	if n := panics.Count() - before; n != 1 || !strings.Contains(s.log.String(), "of the test") {
		t.Errorf("%d panics, the log says %s", n, s.log)
	}
	s.mux.HandleFunc("GET /broken", s.guard.door.guarded(func(w http.ResponseWriter, _ *http.Request) error {
		return reply(w, make(chan int))
	}))
	s.refused(request("GET", "/broken", ""), 500, "internal")
}

func TestTriesEndWhenTheDispatcherStops(t *testing.T) {
	s := newSide(t)
	close(s.done)
	s.refused(request("POST", "/api/v1/rules/evaluate",
		`{"matchFunc":"req => { while (true) {} }","messages":[`+chat+`]}`), 503, "stopping")
	s.opts.Workers.Close()
	s.refused(request("POST", "/api/v1/config/check", resourceText, header("Content-Type", "application/yaml")),
		503, "stopping")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gone := newSide(t)
	gone.refused(request("POST", "/api/v1/rules/evaluate", `{"matchFunc":"req => 1"}`).WithContext(ctx),
		503, "stopping")
}
