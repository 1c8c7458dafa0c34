package admin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// drafted explains a message with a draft beside the rules that run.
func (s *side) drafted(matchFunc, where, message string) (x explained, text string) {
	s.t.Helper()
	body := fmt.Sprintf(`{"rules":"decisive","evaluateAll":true,"message":%s,"rule":{"matchFunc":%s%s}}`,
		message, encode(s.t, matchFunc), where)
	w := s.do(request("POST", "/api/v1/route/explain", body))
	if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil || w.Code != 200 || x.Rule == nil {
		s.t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return x, w.Body.String()
}

// TestADraftIsAskedBesideTheRulesThatRun is one call at each key: what the draft says, and where the message would go
// with it, in whatever place.
func TestADraftIsAskedBesideTheRulesThatRun(t *testing.T) {
	const (
		yes, no = `req => true`, `req => req.message.requestUri.user === "ann"`
		throws  = `req => req.message.contact.address`
	)
	s := runningSide(t, tableOf(`req => req.method === "BYE"`, `req => req.message.requestUri.user === "bob"`, yes))
	for _, c := range []struct{ rule, where, want string }{
		{yes, ``, `match <nil>`},
		{yes, `,"replace":{"ref":"r0"}`, `match &{7 true true r0 OK}`},
		{yes, `,"insertBefore":{"ref":"r1"}`, `match &{7 true true  OK}`},
		{yes, `,"insertBefore":{"ref":"r2"}`, `match &{7 false false r1 OK}`},
		{yes, `,"insertBefore":{"ref":""}`, `match &{7 false false r1 OK}`},
		{yes, `,"insertBefore":{"ref":"r0"},"methods":["BYE"]`, `match &{7 true false r1 OK}`},
		{no, `,"replace":{"ref":"r1"}`, `no-match &{7 true false r2 OK}`},
		{no, `,"replace":{"ref":"r2"}`, `no-match &{7 false false r1 OK}`},
		{throws, `,"replace":{"ref":"r0"}`, `error &{7 true false  INTERNAL}`},
		{throws, `,"replace":{"ref":"r2"}`, `error &{7 false false r1 OK}`},
		{throws, `,"insertBefore":{"ref":"r0"},"methods":["BYE"]`, `error &{7 true false r1 OK}`},
	} {
		x, _ := s.drafted(c.rule, c.where, inviteBob)
		if got := fmt.Sprint(x.Rule.Outcome, " ", x.Rule.With); got != c.want {
			t.Errorf("%s%s: %s, want %s", c.rule, c.where, got, c.want)
		}
		if x.Processor != "r1" || x.Rule.MethodAccepted == strings.Contains(c.where, "BYE") {
			t.Errorf("%s%s: %+v", c.rule, c.where, x)
		}
	}
	x, _ := s.drafted(no, "", inviteBob)
	if len(x.Rule.Operands) == 0 || x.Rule.Flips != 1 || !strings.Contains(x.Rule.Because, "ann") || !x.Rule.Native {
		t.Errorf("why: %+v", x.Rule)
	}
}

func TestADraftThatCantBeIsRefused(t *testing.T) {
	s := runningSide(t, tableOf(`req => true`))
	for rule, want := range map[string]string{
		`"rule":{}`: "rule.matchFunc",
		`"rule":{"matchFunc":"req => 1","more":1}`:                                         "",
		`"rule":{"matchFunc":"req => 1"},"config":"ref"`:                                   "rule",
		`"rule":{"matchFunc":"req => 1","replace":{"ref":"r9"}}`:                           "rule.replace.ref",
		`"rule":{"matchFunc":"req => 1","methods":["CALL"]}`:                               "rule.methods",
		`"rule":{"matchFunc":"req => 1","replace":{"ref":"r0"},"insertBefore":{"ref":""}}`: "rule.insertBefore",
	} {
		body := `{` + rule + `,"message":` + inviteBob + `}`
		p := s.refused(request("POST", "/api/v1/route/explain", body), 400, "request-invalid")
		if want != "" && p.Path != want {
			t.Errorf("%s: %+v", rule, p)
		}
	}
	body := `{"message":` + inviteBob + `,"rule":{"matchFunc":"req =>"}}`
	if p := s.refused(request("POST", "/api/v1/route/explain", body), 422, "rule-invalid"); p.Line != 1 {
		t.Errorf("%+v", p)
	}
}

// TestADraftSeesNoSecret holds although the table beside it sees the message as it came.
func TestADraftSeesNoSecret(t *testing.T) {
	const own = `req => req.message.authorization.response.substring(2, 6) === "cret"`
	s := runningSide(t, tableOf(own))
	s.recordCalls("1001")
	kept := s.opts.Decisions.Kept(9, nil)
	message := `{"decision":"` + kept[len(kept)-1].ID + `"}` // the INVITE
	for _, probe := range []string{
		`req => req.message.authorization.response[1] === "3" && req.message.authorization.response[2] === "c"`,
		`req => req.message.authorization.response.startsWith("s3c")`,
		`req => { throw req.message.authorization.response }`,
	} {
		x, text := s.drafted(probe, `,"insertBefore":{"ref":"r0"}`, message)
		if x.Rule.Outcome == "match" || strings.Contains(text, "s3cret") || len(x.Rule.MaskedReads) != 1 {
			t.Errorf("%s: %s", probe, text)
		}
		if x.Processor != "r0" {
			t.Errorf("the table: %+v", x)
		}
	}
	if x, text := s.drafted(own, `,"replace":{"ref":"r0"}`, message); x.Rule.Outcome != "match" ||
		!x.Rule.With.Takes || strings.Contains(text, "s3cret") {
		t.Errorf("a rule of ours: %s", text)
	}
}
