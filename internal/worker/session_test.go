package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

func every() (all []message.Method) {
	for m := range message.Method(15) {
		all = append(all, m)
	}
	return all
}

func tableOf(sources ...string) Table {
	t := Table{}
	for i, s := range sources {
		t.Rules = append(t.Rules, Rule{Ref: string(rune('a' + i)), Methods: every(), Source: s})
	}
	return t
}

func open(t *testing.T, p *Pool, table Table) *Session {
	t.Helper()
	s, infos, err := p.Open(t.Context(), table)
	if err != nil || s == nil {
		t.Fatalf("%+v, %v", infos, err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestASessionAnswersAsTheProcessItself(t *testing.T) {
	table := tableOf(`req => req.method === "MESSAGE"`, `req => req.message.from.address.uri.user === "x"`,
		`req => new Map([[req.method, true]]).get("INVITE")`, `req => req.ref.length > 0`)
	table.Timeout = time.Minute // a busy machine must not decide
	here, _ := loadTable(table)
	s := open(t, pool(t, realChild, Options{}), table)
	got, err := s.Route(messages(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, data := range messages(t) {
		req, err := message.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		selected, failed := here.Match(t.Context(), req, nil)
		if failed != nil {
			selected = -1
		}
		if got[i].Selected != selected || errText(s.Failure(got[i])) != errText(failed) {
			t.Errorf("message %d: %+v, want %d, %v", i, got[i], selected, failed)
		}
		want := here.Look(t.Context(), req, routing.View{})
		x, err := s.Look(data, routing.View{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Rules, x.Rules, cmpopts.IgnoreFields(routing.RuleReport{}, "DurationNs"),
			cmpopts.IgnoreFields(matchfunc.Operand{}, "Compared"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("message %d (-here +there):\n%s", i, diff)
		}
		if x.Selected != want.Selected || errText(x.Err) != errText(want.Err) {
			t.Errorf("message %d: %+v, want %+v", i, x, want)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestOpenSaysWhatItThinksOfEachRule(t *testing.T) {
	p := pool(t, realChild, Options{})
	s, infos, err := p.Open(t.Context(), tableOf("req => true", "req => (", `req => req.message.form === null`))
	if s != nil || err != nil || len(infos) != 3 {
		t.Fatalf("%v, %+v, %v", s, infos, err)
	}
	if infos[0].SourceError != nil || infos[1].SourceError == nil || infos[1].SourceError.Line != 1 ||
		len(infos[2].Warnings) == 0 {
		t.Errorf("%+v", infos)
	}
	s, infos, err = p.Open(t.Context(), tableOf("req => true", "req => new Set([1]).has(1)"))
	if err != nil || !infos[0].Native || infos[1].Native || infos[1].Reason == "" ||
		!cmp.Equal(infos[1].Shadows, []string{"a"}) {
		t.Errorf("%+v, %v", infos, err)
	}
	s.Close()
}

func TestSessionsAreBounded(t *testing.T) {
	p := pool(t, realChild, Options{Sessions: 1})
	s := open(t, p, tableOf(good))
	if _, _, err := p.Open(t.Context(), tableOf(good)); !errors.Is(err, ErrBusy) {
		t.Errorf("a second one: %v", err)
	}
	serves(t, p) // calls have places of their own
	if _, err := s.Route(make([][]byte, MaxMessages+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too many messages: %v", err)
	}
	s.Close()
	open(t, p, tableOf(good))
	if _, _, err := p.Open(t.Context(), Table{Rules: make([]Rule, MaxRules+1)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too many rules: %v", err)
	}
}

func TestAHostileTableHarmsItsSessionOnly(t *testing.T) {
	p := pool(t, realChild, Options{Sessions: 5, SessionLimit: 300 * time.Millisecond, TableMemoryLimit: 96 << 20})
	looping := tableOf("req => { while (true); return 1 }")
	looping.Timeout = time.Minute
	var limit *LimitError
	if _, err := open(t, p, looping).Route(messages(t)); !errors.As(err, &limit) || limit.Limit != Time {
		t.Errorf("a loop: %v", err)
	}
	s := open(t, p, tableOf(good))
	s.child.kill()
	if _, err := s.Route(messages(t)); !errors.Is(err, ErrCrashed) {
		t.Errorf("a child that was killed: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, _, err := p.Open(ctx, looping)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cancel()
	if _, err := s.Route(messages(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left: %v", err)
	}
	if _, err := open(t, p, tableOf(good)).Look([]byte("\xff"), routing.View{}); !errors.Is(err, ErrNoMessage) {
		t.Errorf("no message: %v", err)
	}
	serves(t, p)
}

func TestNoSessionOpensOnceThePoolIsClosed(t *testing.T) {
	p := pool(t, realChild, Options{})
	s := open(t, p, tableOf(good))
	s.Close()
	p.Close()
	if _, _, err := p.Open(t.Context(), tableOf(good)); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestEvaluateExplainsWhereAsked(t *testing.T) {
	r, err := pool(t, realChild, Options{}).Evaluate(t.Context(), Request{
		Source: `req => req.method === "NOTHING" || req.message.form`, Messages: messages(t)[:1], Explain: true,
	})
	if err != nil || len(r.Warnings) == 0 || r.Results[0].Value != "undefined" || len(r.Results[0].Operands) < 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

func BenchmarkRoute(b *testing.B) {
	p := pool(b, realChild, Options{})
	s, _, err := p.Open(b.Context(), tableOf(`req => req.method === "MESSAGE"`, good))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	batch := make([][]byte, MaxMessages)
	for i := range batch {
		batch[i] = messages(b)[i%len(messages(b))]
	}
	for b.Loop() {
		if _, err := s.Route(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*MaxMessages), "ns/message")
}
