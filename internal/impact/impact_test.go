package impact

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	invite = message.Method(routrpb.Method_INVITE)
	chat   = message.Method(routrpb.Method_MESSAGE)
)

// rule is a rule as a test writes it.
type rule struct {
	ref, source string
	methods     []message.Method
}

func table(t testing.TB, rules ...rule) *routing.Table {
	t.Helper()
	var all []routing.Rule
	for _, r := range rules {
		fn, err := matchfunc.Compile(r.source, matchfunc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, routing.Rule{Ref: r.ref, Methods: r.methods, Func: fn})
	}
	return routing.New(all, routing.Options{})
}

// request is a message to user, the n-th.
func request(t testing.TB, n int, method message.Method, user string) Message {
	t.Helper()
	wire, err := proto.Marshal(&routrpb.MessageRequest{
		Ref: fmt.Sprintf("call-%d", n), Method: routrpb.Method(method),
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: user, Host: "sip.local"}},
			Body:        string(make([]byte, 600)),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return Message{ID: fmt.Sprintf("d-%d", n), Read: func() ([]byte, error) { return wire, nil }}
}

func each(list ...Message) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for _, m := range list {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func TestTheReportSaysWhatMoves(t *testing.T) {
	both := []message.Method{invite, chat}
	before := table(t,
		rule{"broken", `req => req.message.contact.address.uri.host === "x"`, []message.Method{chat}},
		rule{"rest", "req => true", []message.Method{invite}})
	candidate := table(t,
		rule{"help", `req => req.message.requestUri.user === "911"`, []message.Method{invite}},
		rule{"never", `req => req.message.requestUri.user === "nobody"`, both},
		rule{"thrower", `req => req.message.requestUri.user === "err" && req.message.contact.address.uri.host === "x"`,
			[]message.Method{invite}},
		rule{"rest", "req => true", []message.Method{invite}},
		rule{"under", `req => req.ref === "x"`, []message.Method{invite}},
		rule{"bye", "req => true", []message.Method{message.Method(routrpb.Method_BYE)}})
	junk := Message{ID: "junk", Read: func() ([]byte, error) { return nil, nil }}
	r, err := Compare(t.Context(), Options{
		Before: TableRoute(before), After: TableRoute(candidate), Rules: TableRules(candidate), Examples: 1,
		Messages: each(request(t, 0, invite, "bob"), request(t, 1, invite, "911"), request(t, 2, invite, "911"),
			request(t, 3, invite, "err"), request(t, 4, chat, "bob"), junk),
	})
	if err != nil {
		t.Fatal(err)
	}
	const (
		thrown = `matchFunc of processor ref = thrower: TypeError: Cannot read properties of null (reading 'address') (line 1, column 49)`
		fixed  = `matchFunc of processor ref = broken: TypeError: Cannot read properties of null (reading 'address') (line 1, column 8)`
	)
	got := func(n int, method string) []Example {
		return []Example{{ID: fmt.Sprintf("d-%d", n), Index: n, CallID: fmt.Sprintf("call-%d", n), Method: method}}
	}
	want := &Report{
		Messages: 6, Unchanged: 2, Moved: 4,
		Moves: []Move{
			{From: "rest", To: "help", Rule: "help", Count: 2, ByMethod: map[string]int{"INVITE": 2},
				Examples: got(1, "INVITE")},
			{From: "INTERNAL", To: "NOT_FOUND", Count: 1, ByMethod: map[string]int{"MESSAGE": 1},
				Examples: got(4, "MESSAGE")},
			{From: "rest", To: "INTERNAL", Rule: "thrower", Count: 1, ByMethod: map[string]int{"INVITE": 1},
				Examples: got(3, "INVITE")},
		},
		NeverMatched: []string{"never", "thrower", "under", "bye"},
		Unreachable: []Unreachable{
			{"under", true, "rest above takes every message of its methods"},
			{"bye", false, "none of the messages got to it: they have other methods, or went to rules above"},
		},
		NewErrors:   []Failure{{Ref: "thrower", Error: thrown, Count: 1, Examples: got(3, "INVITE")}},
		FixedErrors: []Failure{{Error: fixed, Count: 1, Examples: got(4, "MESSAGE")}},
		Codes: Codes{
			Before: map[string]int{"OK": 4, "INTERNAL": 1, "INVALID_ARGUMENT": 1},
			After:  map[string]int{"OK": 3, "INTERNAL": 1, "NOT_FOUND": 1, "INVALID_ARGUMENT": 1},
		},
		NeverMatchedCount: 4, UnreachableCount: 2,
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMovesAreCountedByMethod(t *testing.T) {
	candidate := table(t, rule{"all", "req => true", []message.Method{invite, chat}})
	c := newComparison(Options{After: TableRoute(candidate), Rules: TableRules(candidate)})
	was := &Outcome{Ref: "old", Code: "OK", Rule: -1}
	compare := func(methods ...message.Method) []Move {
		var batch []Message
		for n, method := range methods {
			m := request(t, n, method, "bob")
			m.Was = was
			batch = append(batch, m)
		}
		junk := Message{Read: func() ([]byte, error) { return []byte{0xff}, nil }, Was: was}
		if err := c.batch(t.Context(), append(batch, junk)); err != nil {
			t.Fatal(err)
		}
		moves := c.report().Moves
		for i := range moves {
			moves[i].Examples = nil
		}
		return moves
	}
	first := compare(invite, 4711, chat, invite, 4712) // 4711 and 4712 have no names, and could be any number of others
	want := []Move{
		{From: "old", To: "all", Rule: "all", Count: 3, ByMethod: map[string]int{"INVITE": 2, "MESSAGE": 1}},
		{From: "old", To: "NOT_FOUND", Count: 2, ByMethod: map[string]int{"UNKNOWN": 2}},
		{From: "old", To: "INVALID_ARGUMENT", Count: 1, ByMethod: map[string]int{"UNKNOWN": 1}},
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if then := compare(chat)[0].ByMethod; then["MESSAGE"] != 2 || then["INVITE"] != 2 {
		t.Errorf("after another MESSAGE: %v", then)
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("what came later changed a report (-want +got):\n%s", diff)
	}
}

func TestNamesOfRulesAreBounded(t *testing.T) {
	var rules []rule
	for i := range 5 {
		rules = append(rules, rule{fmt.Sprint(i), fmt.Sprintf("req => req.ref === '%d'", i), []message.Method{chat}})
	}
	candidate := table(t, rules...)
	r, err := Compare(t.Context(), Options{
		Before: TableRoute(candidate), After: TableRoute(candidate), Rules: TableRules(candidate), Names: 3,
		Messages: each(request(t, 0, invite, "bob")),
	})
	if err != nil || len(r.NeverMatched) != 3 || r.NeverMatchedCount != 5 || len(r.Unreachable) != 3 ||
		r.UnreachableCount != 5 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTrafficItselfCanBeComparedWith(t *testing.T) {
	candidate := table(t, rule{"rest", "req => true", []message.Method{invite}})
	same, moved := request(t, 0, invite, "bob"), request(t, 1, invite, "bob")
	same.Was, moved.Was = &Outcome{Ref: "rest", Code: "OK"}, &Outcome{Code: "NOT_FOUND"}
	opts := Options{After: TableRoute(candidate), Rules: TableRules(candidate), Messages: each(same, moved)}
	r, err := Compare(t.Context(), opts)
	if err != nil || r.Unchanged != 1 || len(r.Moves) != 1 || r.Moves[0].From != "NOT_FOUND" ||
		r.Moves[0].To != "rest" {
		t.Errorf("%+v, %v", r, err)
	}
	opts.Messages = each(request(t, 2, invite, "bob"))
	if _, err := Compare(t.Context(), opts); err == nil {
		t.Error("a message of which nothing is known was compared")
	}
}

func TestWhatFailsOrEndsLeavesWhatIsKnown(t *testing.T) {
	candidate := table(t, rule{"rest", "req => true", []message.Method{invite}})
	bob := request(t, 0, invite, "bob")
	many := make([]Message, 5*batchSize)
	for i := range many {
		many[i] = bob
	}
	route := TableRoute(candidate)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := Compare(ctx, Options{
		Before: route, After: route, Rules: TableRules(candidate), Messages: each(many...), Total: len(many),
		Progress: func(done, total int) {
			if total != len(many) {
				t.Errorf("progress of %d", total)
			}
			if done == 2*batchSize {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || r.Messages != 2*batchSize || r.Unchanged != r.Messages {
		t.Errorf("%d messages, %v", r.Messages, err)
	}
	broken := errors.New("broken")
	for name, opts := range map[string]Options{
		"a message that can't be read": {Before: route,
			Messages: each(bob, Message{Read: func() ([]byte, error) { return nil, broken }})},
		"a source that fails": {Before: route,
			Messages: func(yield func(Message, error) bool) { yield(Message{}, broken) }},
		"a worker that fails": {Messages: each(bob), Before: func(context.Context, [][]byte) ([]Outcome, error) {
			return nil, broken
		}},
	} {
		opts.After = route
		if _, err := Compare(t.Context(), opts); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	short := func(context.Context, [][]byte) ([]Outcome, error) { return nil, nil }
	if _, err := Compare(t.Context(), Options{Before: short, After: route, Messages: each(bob)}); err == nil {
		t.Error("outcomes that are missing weren't missed")
	}
}

func TestKindsOfChangesAreBounded(t *testing.T) {
	candidate := table(t, rule{"rest", "req => true", []message.Method{invite}})
	many := make([]Message, maxGroups+5)
	for i := range many {
		many[i] = request(t, i, invite, "bob")
		many[i].Was = &Outcome{Code: "INTERNAL", Error: fmt.Sprint("error ", i)}
	}
	r, err := Compare(t.Context(), Options{After: TableRoute(candidate), Rules: TableRules(candidate),
		Messages: each(many...)})
	if err != nil || len(r.FixedErrors) != maxGroups || r.LeftOut != 5 || len(r.Moves[0].Examples) != defaultExamples {
		t.Errorf("%d errors, %d left out, %d examples, %v", len(r.FixedErrors), r.LeftOut, len(r.Moves[0].Examples),
			err)
	}
}

// BenchmarkCompare compares 100,000 messages by two tables of 100 rules.
func BenchmarkCompare(b *testing.B) {
	const messages, rules = 100_000, 100
	var all []rule
	for i := range rules {
		all = append(all, rule{fmt.Sprint(i), fmt.Sprintf(`req => req.message.requestUri.user === "user-%d"`, i),
			[]message.Method{invite}})
	}
	before, after := table(b, all...), table(b, all[rules/2:]...)
	var list []Message
	for i := range rules {
		list = append(list, request(b, i, invite, fmt.Sprintf("user-%d", i)))
	}
	source := func(yield func(Message, error) bool) {
		for i := range messages {
			if !yield(list[i%rules], nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := Compare(b.Context(), Options{
			Before: TableRoute(before), After: TableRoute(after), Rules: TableRules(after), Messages: source,
		})
		if err != nil || r.Moved != messages/2 {
			b.Fatal(r.Moved, err)
		}
	}
}
