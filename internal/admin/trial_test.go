package admin

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// recordCalls records an INVITE and a BYE to each of these users.
func (s *side) recordCalls(users ...string) {
	s.t.Helper()
	d := s.opts.Snapshot().Dispatcher
	for i, user := range users {
		for _, method := range []routrpb.Method{routrpb.Method_INVITE, routrpb.Method_BYE} {
			uri := &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: user, Host: "sip.local"}}
			sip := &routrpb.SIPMessage{
				MessageType: uri, Authorization: &routrpb.Authorization{Response: "s3cret-digest"},
			}
			wire, err := proto.Marshal(&routrpb.MessageRequest{Ref: fmt.Sprint(i), Method: method, Message: sip})
			if err != nil {
				s.t.Fatal(err)
			}
			s.arrives(d, 7, wire)
		}
	}
}

// tries tries a rule on recorded messages.
func (s *side) tries(rule, more string) (got evaluated, text string) {
	s.t.Helper()
	source, err := json.Marshal(rule)
	if err != nil {
		s.t.Fatal(err)
	}
	r := func() string { return `{"explain":false,"matchFunc":` + string(source) + `,` + more + `}` }
	w := s.do(request("POST", "/api/v1/rules/evaluate", r()))
	s.get(request("POST", "/api/v1/rules/evaluate", r()), &got)
	return got, w.Body.String()
}

// TestARuleIsTriedOnRecordedMessages says which && throws calls away, who would lose messages and who would get them.
func TestARuleIsTriedOnRecordedMessages(t *testing.T) {
	s := runningSide(t, tableOf(`req => req.message.requestUri.user.startsWith("1")`,
		`req => req.message.requestUri.user === "911"`, `req => req.message.requestUri.user.startsWith("9")`))
	s.recordCalls("1001", "1002", "911", "912", "2000")
	got, _ := s.tries(`req => req.message.requestUri.user.length === 3 && req.message.requestUri.host === "sip.local"`,
		`"recorded":{"last":9},"replace":{"ref":"r1"}`)
	r := got.Recorded
	want := `tried 9, {2 2 0 5}, reached 3, taken [{r2 1}], left [], INVITE map[error:0 match:2 methods:0 no-match:2]`
	invite, err := json.Marshal(r.ByMethod["INVITE"])
	if err != nil {
		t.Fatal(err)
	}
	var by map[string]int
	if err := json.Unmarshal(invite, &by); err != nil {
		t.Fatal(err)
	}
	is := fmt.Sprintf("tried %d, %v, reached %d, taken %v, left %v, INVITE %v",
		r.Tried, r.said, r.Reached, r.TakenFrom, r.LeftTo, by)
	if is != want {
		t.Errorf("\n%s, not\n%s", is, want)
	}
	if len(r.Examples.Match) != 2 || len(r.Examples.NoMatch) != 2 || r.Epoch != 7 || r.Oldest == nil ||
		len(got.Results) != 0 {
		t.Errorf("%+v", r)
	}
	for _, o := range r.Operands {
		switch o.Text {
		case "req.message.requestUri.user.length === 3":
			if o.True != 2 || o.False != 2 {
				t.Errorf("%+v", o)
			}
		case `req.message.requestUri.host === "sip.local"`:
			if o.True != 2 || o.Skipped != 2 {
				t.Errorf("%+v", o)
			}
		case "req.message.requestUri.user.length":
			if fmt.Sprint(o.Values) != "[{3 2} {4 2}]" {
				t.Errorf("%+v", o)
			}
		}
	}
	got, _ = s.tries(`req => req.message.requestUri.user === "none"`, `"recorded":{},"replace":{"ref":"r1"}`)
	if r := got.Recorded; fmt.Sprint(r.TakenFrom, r.LeftTo) != "[] [{r2 1}]" {
		t.Errorf("%+v", r)
	}
	got, _ = s.tries(`req => req.message.contact.expires > 1`,
		`"recorded":{},"insertBefore":{"ref":""},"methods":["INVITE","ACK"]`)
	if r := got.Recorded; r.Error != 5 || r.Reached != 1 || len(r.Errors) != 1 || r.Errors[0].Count != 5 ||
		fmt.Sprint(r.LeftTo) != "[{INTERNAL 1}]" {
		t.Errorf("%+v", r)
	}
	got, _ = s.tries(`req => true`, `"recorded":{"filter":{"processor":"r0"}}`)
	if r := got.Recorded; r.Tried != 2 || r.Match != 2 || r.Reached != 2 || r.Epoch != 0 {
		t.Errorf("%+v", r)
	}
}

func TestATrialOnRecordedMessagesTellsNoSecret(t *testing.T) {
	const ours = `req => req.message.authorization.response.length === 13`
	s := runningSide(t, everyMethod([]string{ours}))
	s.recordCalls("1001", "1002")
	for rule, matches := range map[string]int{
		ours: 4, ours + " && true": 0, `req => { throw new Error(req.message.authorization.response) }`: 0,
	} {
		got, text := s.tries(rule, `"recorded":{}`)
		r := got.Recorded
		if r.Match != matches || leaks(text) || (len(r.MaskedReads) == 0) != (rule == ours) {
			t.Errorf("%s: %s", rule, text)
		}
		for _, o := range r.Operands {
			read := strings.Contains(o.Text, "response")
			if o.Masked != read || read && fmt.Sprint(o.Values) != "[{*** 4}]" {
				t.Errorf("%s: %+v", rule, o)
			}
		}
	}
}

func TestATrialThatCantBeIsRefused(t *testing.T) {
	s := newSide(t)
	for path, body := range map[string]string{
		"replace.ref":      `"recorded":{},"replace":{"ref":"none"}`,
		"insertBefore.ref": `"recorded":{},"insertBefore":{"ref":"none"}`,
		"insertBefore":     `"recorded":{},"insertBefore":{"ref":"chat"},"replace":{"ref":"chat"}`,
		"recorded":         `"methods":["INVITE"]`,
		"methods":          `"recorded":{},"methods":["CALL"]`,
		"recorded.last":    `"recorded":{"last":10001}`,
	} {
		r := request("POST", "/api/v1/rules/evaluate", `{"matchFunc":"req => true",`+body+`}`)
		p := s.refused(r, 400, "request-invalid")
		if p.Path != path {
			t.Errorf("%s: %+v", body, p)
		}
	}
	s.refused(request("POST", "/api/v1/rules/evaluate", `{"matchFunc":"req =>","recorded":{}}`), 422, "rule-invalid")
}

// TestATrialTellsOfSoMuch goes past the bounds on what a trial tells.
func TestATrialTellsOfSoMuch(t *testing.T) {
	s := runningSide(t, tableOf(`req => true`))
	var users []string
	for i := range 60 {
		users = append(users, fmt.Sprint("user-", i))
	}
	s.recordCalls(users...)
	got, text := s.tries(`req => {
		if (req.method === "BYE") throw new Error(req.message.requestUri.user)
		return req.ref >= 0 && req.ref
	}`, `"recorded":{}`)
	r := got.Recorded
	if len(r.Errors) != trialErrors || len(r.Examples.Match) != trialExamples ||
		len(r.Examples.Error) != trialExamples {
		t.Errorf("%d errors, %d and %d examples", len(r.Errors), len(r.Examples.Match), len(r.Examples.Error))
	}
	if !slices.ContainsFunc(r.Operands, func(o tallied) bool { return len(o.Values) == trialValues && o.Others > 0 }) {
		t.Errorf("%s", text)
	}
}
