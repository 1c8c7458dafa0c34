package worker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// good is a rule that has an answer for every message, and says yes to the first recorded one.
const good = `req => req.ref !== "no such ref"`

// serves fails the test unless the pool answers a good rule.
func serves(t *testing.T, p *Pool) {
	t.Helper()
	r, err := p.Evaluate(t.Context(), Request{Source: good, Messages: messages(t)[:1]})
	if err != nil || !r.Results[0].Matched {
		t.Fatalf("a good rule: %+v, %v", r, err)
	}
}

func TestAnswersAreThoseOfTheProcessItself(t *testing.T) {
	p := pool(t, realChild, Options{})
	sources := []string{
		`req => req.method === "MESSAGE"`,
		`req => req.message.from.address.uri.user`,
		`req => { throw new RangeError(req.ref) }`,
		`req => new Map([[req.method, true]]).get("INVITE")`,
		`req => { while (true); return 1 }`,
	}
	for _, text := range sources {
		f, err := matchfunc.Compile(text, matchfunc.Options{})
		if err != nil {
			t.Fatal(text, err)
		}
		want := Response{}
		want.Native, want.At, want.Reason = f.Native()
		for _, m := range messages(t)[:10] {
			req, err := message.Parse(m)
			if err != nil {
				t.Fatal(err)
			}
			matched, err := f.Match(req)
			want.Results = append(want.Results, Result{Matched: matched, Err: evalError(err)})
		}
		got, err := p.Evaluate(t.Context(), Request{Source: text, Messages: messages(t)[:10]})
		if err != nil {
			t.Fatal(text, err)
		}
		for i, r := range got.Results {
			if r.Duration <= 0 {
				t.Errorf("%s: message %d took %v", text, i, r.Duration)
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Result{}, "Duration")); diff != "" {
			t.Errorf("%s (-here +there):\n%s", text, diff)
		}
	}
}

func TestSourcesThatDoNotLoadSayWhere(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	for _, text := range []string{"", "req =>\n  req.(", "42", "req => \xff", strings.Repeat("(", 5000),
		"async req => 1"} {
		_, want := matchfunc.Compile(text, matchfunc.Options{})
		_, err := p.Evaluate(t.Context(), Request{Source: text})
		var got *matchfunc.SourceError
		if !errors.As(err, &got) {
			t.Fatalf("%.20q: %v", text, err)
		}
		if diff := cmp.Diff(want, err); diff != "" {
			t.Errorf("%.20q (-here +there):\n%s", text, diff)
		}
	}
	if started := p.idle[0].calls; started != 6 {
		t.Errorf("the child served %d calls of 6: a source that doesn't load is no reason to end it", started)
	}
}

func TestAMeterCountsWhatChildrenWorked(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1, TimeLimit: 100 * time.Millisecond})
	ctx, meter := Metered(t.Context())
	Count(ctx, time.Second)
	if _, err := p.Evaluate(ctx, Request{Source: good, Messages: messages(t)}); err != nil {
		t.Fatal(err)
	}
	before := meter.Worked()
	if before <= time.Second {
		t.Errorf("a rule took %v", before-time.Second)
	}
	const loop = "req => { for (;;) {} }"
	_, err := p.Evaluate(ctx, Request{Source: loop, Messages: messages(t)[:1]})
	if took := meter.Worked() - before; took < 5*time.Millisecond {
		t.Errorf("a loop until a limit ended it took %v (%v)", took, err)
	}
}

func TestBytesThatAreNoMessageFailAlone(t *testing.T) {
	p := pool(t, realChild, Options{})
	r, err := p.Evaluate(t.Context(), Request{Source: good, Messages: [][]byte{messages(t)[0], {0xff}, nil}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Results[1].Err == nil || r.Results[1].Err.Name != InvalidMessage {
		t.Errorf("bytes that are no message: %+v", r.Results[1])
	}
	if !r.Results[0].Matched || r.Results[2].Err != nil {
		t.Errorf("its neighbours: %+v, %+v", r.Results[0], r.Results[2])
	}
}

func TestLongTextsOfARuleAreCut(t *testing.T) {
	cases := map[string]string{
		"short":                                "short",
		strings.Repeat("a", maxText):           strings.Repeat("a", maxText),
		strings.Repeat("a", maxText+1):         strings.Repeat("a", maxText) + "… (1 bytes more)",
		"a" + strings.Repeat("é", maxText):     "a" + strings.Repeat("é", maxText/2-1) + "… (1026 bytes more)",
		"a\xff" + strings.Repeat("é", maxText): "a\xff" + strings.Repeat("é", maxText/2-1) + "… (1026 bytes more)",
	}
	for text, want := range cases {
		if got := cut(text); got != want {
			t.Errorf("%.10q of %d bytes became %d", text, len(text), len(got))
		}
	}
	e := evalError(&matchfunc.EvalError{Name: strings.Repeat("n", 5000), Message: strings.Repeat("m", 5000)})
	if len(e.Name) > maxText+30 || len(e.Message) > maxText+30 {
		t.Errorf("an error of %d and %d bytes", len(e.Name), len(e.Message))
	}
}

func TestAChildThatFailsFailsItsCallAlone(t *testing.T) {
	cases := map[string]string{ // what the error tells
		exit:       "exit status 3",
		panicking:  "panic: the engine has a fault",
		recursion:  "stack exceeds",
		notJSON:    "read an answer: invalid character",
		hugeFrame:  "a frame of 4294967295 bytes",
		babble:     "a frame of 1650549346 bytes",
		halfFrame:  "a frame of 256 bytes: unexpected EOF",
		fewResults: "0 results for 1 messages",
	}
	p := pool(t, brokenChild, Options{Size: 1, MemoryLimit: 256 << 20})
	for order, want := range cases {
		t.Run(order, func(t *testing.T) {
			_, err := p.Evaluate(t.Context(), Request{Source: order, Messages: messages(t)[:1]})
			if !errors.Is(err, ErrCrashed) || errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want one that says %q", err, want)
			}
			serves(t, p)
		})
	}
}

func TestAChildThatCannotStartIsAnError(t *testing.T) {
	for _, kind := range []string{muteChild, babblingOne} {
		p := pool(t, kind, Options{})
		for range 2 {
			if _, err := p.Evaluate(t.Context(), Request{Source: good}); kind == muteChild &&
				!errors.Is(err, ErrCrashed) || err == nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
	p := pool(t, realChild, Options{})
	p.opts.Command = []string{filepath.Join(t.TempDir(), "missing")}
	if _, err := p.Evaluate(t.Context(), Request{Source: good}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a command that isn't there: %v", err)
	}
}

func TestOversizedRequestsAreRefusedBeforeAChildSeesThem(t *testing.T) {
	p := pool(t, muteChild, Options{}) // which would fail every call
	cases := map[string]Request{
		"source":        {Source: strings.Repeat(" ", MaxSource+1)},
		"messages":      {Messages: make([][]byte, MaxMessages+1)},
		"message":       {Messages: [][]byte{make([]byte, MaxBytes+1)}},
		"bytes of many": {Messages: [][]byte{make([]byte, MaxBytes/2), make([]byte, MaxBytes/2), {1}}},
	}
	for name, r := range cases {
		if _, err := p.Evaluate(t.Context(), r); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheLargestRequestIsServed(t *testing.T) {
	p := pool(t, realChild, Options{MemoryLimit: 256 << 20})
	r := Request{Source: good + strings.Repeat(" ", MaxSource-len(good)), Messages: make([][]byte, MaxMessages)}
	// An unknown field of that length.
	size := MaxBytes/2 - 16
	large := append([]byte{0xfa, 0x07, byte(size&0x7f | 0x80), byte(size>>7&0x7f | 0x80), byte(size >> 14 & 0x7f)},
		make([]byte, size)...)
	r.Messages[0], r.Messages[1] = large, large
	got, err := p.Evaluate(t.Context(), r)
	if err != nil || len(got.Results) != MaxMessages {
		t.Fatalf("%d results, %v", len(got.Results), err)
	}
	for i, res := range got.Results {
		if !res.Matched {
			t.Fatalf("message %d: %+v", i, res)
		}
	}
}

func TestManyCallersShareFewChildren(t *testing.T) {
	p := pool(t, realChild, Options{Size: 2, MaxQueue: 64})
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for range 20 {
				r, err := p.Evaluate(t.Context(), Request{Source: good, Messages: messages(t)[:3], Timeout: generous})
				if err != nil || len(r.Results) != 3 || !r.Results[2].Matched {
					t.Errorf("%+v, %v", r, err)
				}
			}
		})
	}
	callers.Wait()
	if n := len(p.idle); n < 1 || n > 2 {
		t.Errorf("%d children", n)
	}
}

func TestCallsBeyondTheQueueAreRefused(t *testing.T) {
	p := pool(t, brokenChild, Options{Size: 1, MaxQueue: 1})
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 2 {
		callers.Go(func() {
			if _, err := p.Evaluate(ctx, Request{Source: spin}); !errors.Is(err, context.Canceled) {
				t.Errorf("a caller that went away: %v", err)
			}
		})
	}
	for len(p.turns) < 1 || len(p.queue) < 1 {
		time.Sleep(time.Millisecond)
	}
	if _, err := p.Evaluate(t.Context(), Request{Source: good}); !errors.Is(err, ErrBusy) {
		t.Errorf("with one at work and one waiting: %v", err)
	}
	cancel()
	callers.Wait()
	serves(t, p)
}

func TestAChildHasNothingToReachFor(t *testing.T) {
	t.Setenv("TZ", "UTC")
	file := filepath.Join(t.TempDir(), "file")
	cases := []struct{ order, want string }{
		{environ, "1/<nil>"}, // TZ
		{writeFile + " @" + file, "open " + file + ": operation not permitted"},
		{readFile + " @/etc/passwd", "open /etc/passwd: operation not permitted"},
		{dial + " @127.0.0.1:1", "dial tcp 127.0.0.1:1: socket: operation not permitted"},
		{listen, "listen tcp 127.0.0.1:0: socket: operation not permitted"},
		{execute, "operation not permitted"},
		{signalling, "operation not permitted"},
		{openMany, "open /dev/null: operation not permitted"},
	}
	p := pool(t, brokenChild, Options{Size: 1})
	for _, c := range cases {
		r, err := p.Evaluate(t.Context(), Request{Source: c.order})
		if err != nil || r.Reason != c.want {
			t.Errorf("%s: %q, %v, want %q", c.order, r.Reason, err, c.want)
		}
	}
}
