package routing

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// compile compiles each source once: a property test asks for the same ones again and again.
func compile(t testing.TB, known map[string]*matchfunc.Func, source string) *matchfunc.Func {
	t.Helper()
	if known[source] == nil {
		fn, err := matchfunc.Compile(source, matchfunc.Options{})
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		known[source] = fn
	}
	return known[source]
}

func request(t testing.TB, m *routrpb.MessageRequest) *message.Request {
	t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	req, err := message.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// scan is what the contract says: every rule in file order, with nothing left out.
func scan(rules []Rule, req *message.Request, skip bool) (int, error) {
	for i, rule := range rules {
		accepted := false
		for _, m := range rule.Methods {
			accepted = accepted || m == req.Method()
		}
		if !accepted {
			continue
		}
		matched, err := rule.Func.Match(req)
		switch {
		case err != nil && !skip:
			return 0, &RuleError{Ref: rule.Ref, Err: err}
		case matched:
			return i, nil
		}
	}
	return 0, ErrNoMatch
}

// atoms are conditions that the index can use, could misuse, or can't use.
var atoms = []string{
	`req.method === "%s"`,
	`req.message.from.address.uri.host === "%s"`,
	`req.message.from?.address?.uri?.host === "%s"`,
	`req.message.requestUri.user === "%s"`,
	`req.message.requestUri?.user === "%s"`,
	`["%s", "b"].includes(req.message.to.address.uri.user)`,
	`req.sender.host == "%s"`,
	`req.sender?.transport === "%s"`,
	`req.message.contact.address.uri.host !== "%s"`,
	`req.metadata.tenant === "%s"`,
	`req.message.body.startsWith("%s")`,
	`req.edgePortRef === "%s"`,
	`req.message.messageType === "%s"`,
	`req.message.responseType === "%s"`,
	`req.message.extensions[0].name === "%s"`,
	`({a: 1})[req.ref] === "%s"`,
	`(() => { if (req.ref === "%s") throw new RangeError("no"); return false })()`,
}

var words = []string{"a", "b", "c", "", "INVITE", "MESSAGE", "UDP", "TCP", "requestUri", "OK", "\u00e9"}

func condition() *rapid.Generator[string] {
	atom := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(rapid.SampledFrom(atoms).Draw(t, "atom"), rapid.SampledFrom(words).Draw(t, "word"))
	})
	return rapid.Custom(func(t *rapid.T) string {
		text := atom.Draw(t, "first")
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			op := rapid.SampledFrom([]string{"&&", "||", "&& !", "? %s :"}).Draw(t, "op")
			next := atom.Draw(t, "next")
			if strings.Contains(op, "%s") {
				op = fmt.Sprintf(op, atom.Draw(t, "then"))
			}
			text = "(" + text + ") " + op + " (" + next + ")"
		}
		return text
	})
}

func methodsGen() *rapid.Generator[[]message.Method] {
	return rapid.SliceOfNDistinct(rapid.Map(rapid.Int32Range(0, 4),
		func(n int32) message.Method { return message.Method(n) }), 1, 5, rapid.ID)
}

func messageGen() *rapid.Generator[*routrpb.MessageRequest] {
	word := rapid.SampledFrom(words)
	address := rapid.Custom(func(t *rapid.T) *routrpb.Address {
		return rapid.SampledFrom([]*routrpb.Address{
			nil, {}, {Uri: &routrpb.SipURI{User: word.Draw(t, "user"), Host: word.Draw(t, "host")}},
			{Uri: &routrpb.SipURI{User: word.Draw(t, "user"), Host: word.Draw(t, "host")}},
		}).Draw(t, "address")
	})
	return rapid.Custom(func(t *rapid.T) *routrpb.MessageRequest {
		m := &routrpb.MessageRequest{
			Ref: word.Draw(t, "ref"), EdgePortRef: word.Draw(t, "edgePort"),
			Method:   routrpb.Method(rapid.Int32Range(0, 5).Draw(t, "method")),
			Metadata: map[string]string{"tenant": word.Draw(t, "tenant")},
			Message:  &routrpb.SIPMessage{Body: word.Draw(t, "body")},
		}
		if rapid.Bool().Draw(t, "has sender") {
			m.Sender = &routrpb.NetInterface{Host: word.Draw(t, "sender"), Transport: 1}
		}
		sip := m.GetMessage()
		if rapid.Bool().Draw(t, "request") {
			sip.MessageType = &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: word.Draw(t, "user")}}
		} else {
			sip.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: 7}
		}
		if rapid.Bool().Draw(t, "has from") {
			sip.From = &routrpb.From{Address: address.Draw(t, "from")}
		}
		if rapid.Bool().Draw(t, "has to") {
			sip.To = &routrpb.To{Address: address.Draw(t, "to")}
		}
		if rapid.Bool().Draw(t, "has contact") {
			sip.Contact = &routrpb.Contact{Address: address.Draw(t, "contact")}
		}
		if rapid.Bool().Draw(t, "has extension") {
			sip.Extensions = []*routrpb.Extension{{Name: word.Draw(t, "name")}}
		}
		return m
	})
}

func TestTheIndexGivesTheVerdictOfAScan(t *testing.T) {
	known := map[string]*matchfunc.Func{}
	rapid.Check(t, func(rt *rapid.T) {
		var rules []Rule
		for i, c := range rapid.SliceOfN(condition(), 1, 12).Draw(rt, "rules") {
			rules = append(rules, Rule{
				Ref: fmt.Sprint(i), Methods: methodsGen().Draw(rt, "methods"), Func: compile(t, known, "req => "+c),
			})
		}
		skip := rapid.Bool().Draw(rt, "skip")
		table := New(rules, Options{SkipFailedRules: skip})
		for range 8 {
			req := request(t, messageGen().Draw(rt, "message"))
			want, wantErr := scan(rules, req, skip)
			got, err := table.Match(t.Context(), req, nil)
			if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				rt.Fatalf("message %s\nthe index says %d, %v\nthe scan says %d, %v", req.AppendJSON(nil), got, err,
					want, wantErr)
			}
		}
	})
}

func rule(t testing.TB, ref, source string, methods ...message.Method) Rule {
	return Rule{Ref: ref, Methods: methods, Func: compile(t, map[string]*matchfunc.Func{}, source)}
}

func TestAFailedRuleFailsTheMessageOrIsSkipped(t *testing.T) {
	rules := []Rule{
		rule(t, "throws", "req => req.message.contact.expires > 0", 2),
		rule(t, "takes all", "req => true", 2),
	}
	req := request(t, &routrpb.MessageRequest{Method: 2, Message: &routrpb.SIPMessage{}})
	_, err := New(rules, Options{}).Match(t.Context(), req, nil)
	var failed *RuleError
	if !errors.As(err, &failed) || failed.Ref != "throws" {
		t.Errorf("got %v", err)
	}
	want := "matchFunc of processor ref = throws: TypeError: Cannot read properties of null (reading 'expires') " +
		"(line 1, column "
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the error says %q", err)
	}
	if i, err := New(rules, Options{SkipFailedRules: true}).Match(t.Context(), req, nil); err != nil || i != 1 {
		t.Errorf("skipping: rule %d, error %v", i, err)
	}
}

func TestTheTraceSeesWhatWasTried(t *testing.T) {
	table := New([]Rule{
		rule(t, "other method", "req => true", 3),
		rule(t, "other user", `req => req.ref === "x"`, 2),
		rule(t, "says no", `req => req.message.body.endsWith("x")`, 2),
		rule(t, "takes it", "req => true", 2),
		rule(t, "too late", "req => true", 2),
	}, Options{})
	var tried []string
	i, err := table.Match(t.Context(), request(t, &routrpb.MessageRequest{Method: 2, Message: &routrpb.SIPMessage{}}),
		&Trace{
			Tried: func(i int, matched bool, err error) {
				tried = append(tried, fmt.Sprintf("%s %t %v", table.Rules()[i].Ref, matched, err))
			},
		})
	if got := strings.Join(tried, ", "); err != nil || i != 3 || got != "says no false <nil>, takes it true <nil>" {
		t.Errorf("rule %d, error %v, tried %s", i, err, got)
	}
}
