package worker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
		`req => { while (true); }`,
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
	for _, text := range []string{"", "req =>\n  req.(", "42", "req => \xff", strings.Repeat("(", 5000), "async req => 1"} {
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
		strings.Repeat("a", maxText+1):         strings.Repeat("a", maxText) + "…",
		"a" + strings.Repeat("é", maxText):     "a" + strings.Repeat("é", maxText/2-1) + "…",
		"a\xff" + strings.Repeat("é", maxText): "a" + strings.Repeat("é", maxText/2-1) + "…",
	}
	for text, want := range cases {
		if got := cut(text); got != want {
			t.Errorf("%.10q of %d bytes became %d", text, len(text), len(got))
		}
	}
	e := evalError(&matchfunc.EvalError{Name: strings.Repeat("n", 5000), Message: strings.Repeat("m", 5000)})
	if len(e.Name) > maxText+3 || len(e.Message) > maxText+3 {
		t.Errorf("an error of %d and %d bytes", len(e.Name), len(e.Message))
	}
}

func TestHostileRulesHarmNoOther(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	for _, h := range lines[struct{ ID, Source string }](t, "../script/testdata/hostile.jsonl") {
		start := time.Now()
		r, err := p.Evaluate(t.Context(), Request{Source: h.Source, Messages: messages(t)[:1]})
		var (
			refused *matchfunc.SourceError
			limit   *LimitError
		)
		if err != nil && !errors.As(err, &refused) && !errors.As(err, &limit) {
			t.Errorf("%s: %v\n%s", h.ID, err, h.Source)
		}
		if testing.Verbose() {
			t.Logf("%s %v %v %+v", h.ID, time.Since(start).Round(time.Millisecond), err, r.Results)
		}
		serves(t, p)
	}
}

// The texts that nest or repeat as far as a source may be long: what they cost is spent in parsing and compiling.
func TestSourcesOfFullSizeHarmNoOther(t *testing.T) {
	fill := func(before, piece, after string) string {
		return before + strings.Repeat(piece, (MaxSource-len(before)-len(after))/len(piece)) + after
	}
	sources := map[string]string{
		"parentheses": fill("", "(", ""),
		"arrows":      fill("", "a=>", "1"),
		"not":         fill("req => ", "!", "1"),
		"additions":   fill("req => 1", "+1", ""),
		"properties":  fill("req => req", ".a", ""),
		"templates":   fill("req => ", "`${", "1"),
		"ors":         fill(`req => 1`, `||req.ref==="a"`, ""),
		"pattern":     fill("req => /", "(a|", "/.test(req.ref)"),
		"classes":     fill("req => /", `[\p{L}]`, "/u.test(req.ref)"),
		"repetitions": "req => /((((a{1,999}){1,999}){1,999}){1,999}){1,999}/.test(req.ref)",
		"arrays":      fill("req => ", "[", ""),
		"somes":       fill("req => ", "[1,2,3,4,5,6,7,8,9].some(x => ", "1"+strings.Repeat(")", 2000)),
		"functions":   fill("req => {", "const a=()=>{", ""),
	}
	p := pool(t, realChild, Options{Size: 1})
	for name, text := range sources {
		t.Run(name, func(t *testing.T) {
			_, err := p.Evaluate(t.Context(), Request{Source: text, Messages: messages(t)[:1]})
			if errors.Is(err, ErrCrashed) {
				t.Error(err)
			}
			serves(t, p)
		})
	}
}

func TestEndlessWorkIsKilledAtTheTimeLimit(t *testing.T) {
	p := pool(t, brokenChild, Options{Size: 1, TimeLimit: 50 * time.Millisecond})
	_, err := p.Evaluate(t.Context(), Request{Source: spin})
	if diff := cmp.Diff(error(&LimitError{Limit: Time, Bound: "50ms"}), err); diff != "" {
		t.Fatal(diff)
	}
	p.opts.TimeLimit = generous
	serves(t, p)
}

func TestAGigabyteIsKilledAtTheMemoryLimit(t *testing.T) {
	// The race detector's own memory counts too.
	p := pool(t, brokenChild, Options{Size: 1, MemoryLimit: 256 << 20})
	_, err := p.Evaluate(t.Context(), Request{Source: allocate})
	if diff := cmp.Diff(error(&LimitError{Limit: Memory, Bound: "256 MiB"}), err); diff != "" {
		t.Fatal(diff)
	}
	serves(t, p)
}

func TestAChildThatFailsFailsItsCallAlone(t *testing.T) {
	cases := map[string]string{ // what the error tells
		exit:       "exit status 3",
		panics:     "panic: the engine has a fault",
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
			if _, err := p.Evaluate(t.Context(), Request{Source: good}); kind == muteChild && !errors.Is(err, ErrCrashed) || err == nil {
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
	large := append([]byte{0xfa, 0x07, byte(size&0x7f | 0x80), byte(size>>7&0x7f | 0x80), byte(size >> 14 & 0x7f)}, make([]byte, size)...)
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

func TestAKilledChildIsReplaced(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	serves(t, p)
	idle := p.idle[0]
	if err := idle.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-idle.exited
	serves(t, p)
	if idle == p.idle[0] {
		t.Error("the dead child serves")
	}
}

func TestAChildKilledAtWorkFailsItsCallAlone(t *testing.T) {
	p := pool(t, brokenChild, Options{Size: 1})
	serves(t, p)
	victim := p.idle[0].cmd.Process
	var caller sync.WaitGroup
	caller.Go(func() {
		if _, err := p.Evaluate(t.Context(), Request{Source: spin}); !errors.Is(err, ErrCrashed) {
			t.Errorf("%v", err)
		}
	})
	for p.lockedIdle() > 0 {
		time.Sleep(time.Millisecond)
	}
	if err := victim.Kill(); err != nil {
		t.Error(err)
	}
	caller.Wait()
	serves(t, p)
}

func (p *Pool) lockedIdle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle)
}

func TestAChildIsReplacedWhenItHasServedItsTime(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	serves(t, p)
	p.idle[0].calls = maxCalls - 1
	serves(t, p)
	if n := len(p.idle); n != 0 {
		t.Errorf("%d children are kept", n)
	}
	serves(t, p)
}

func TestAChildThatHoldsMemoryIsReplaced(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	serves(t, p)
	p.idle[0].base = -p.opts.MemoryLimit // what it has now is half of what it may grow by
	serves(t, p)
	if n := len(p.idle); n != 0 {
		t.Errorf("%d children are kept", n)
	}
	serves(t, p)
}

func TestAChildHasNothingToReachFor(t *testing.T) {
	t.Setenv("TZ", "UTC")
	file := filepath.Join(t.TempDir(), "file")
	cases := []struct{ order, want string }{
		{environ, "1/<nil>"}, // TZ
		{writeFile + " @" + file, "write " + file + ": file too large"},
		{openMany, "open /dev/null: too many open files"}, // last: it leaves none
	}
	p := pool(t, brokenChild, Options{Size: 1})
	for _, c := range cases {
		r, err := p.Evaluate(t.Context(), Request{Source: c.order})
		if err != nil || r.Reason != c.want {
			t.Errorf("%s: %q, %v, want %q", c.order, r.Reason, err, c.want)
		}
	}
}

func TestCloseEndsEveryChildAndEveryCall(t *testing.T) {
	p := pool(t, brokenChild, Options{Size: 2, MaxQueue: 4})
	serves(t, p)
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			if _, err := p.Evaluate(t.Context(), Request{Source: spin}); !errors.Is(err, ErrClosed) {
				t.Errorf("%v", err)
			}
		})
	}
	for len(p.turns) < 2 || len(p.queue) < 2 {
		time.Sleep(time.Millisecond)
	}
	p.Close()
	callers.Wait()
	if _, err := p.Evaluate(t.Context(), Request{Source: good}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if left := childProcesses(t); len(left) != 0 {
		t.Errorf("processes left: %v", left)
	}
}

func TestChildrenDieWithTheirParent(t *testing.T) {
	path, err := self()
	if err != nil {
		t.Fatal(err)
	}
	service := exec.CommandContext(t.Context(), path, parentOfOne)
	out, err := service.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child := strings.TrimSpace(line)
	if state := processState(child); state == "" {
		t.Fatalf("process %s isn't there", child)
	}
	for !busy(child) { // it spins, and doesn't look at its pipe
		time.Sleep(time.Millisecond)
	}
	if err := service.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	service.Wait() //nolint:errcheck // killed
	for state := processState(child); state != "" && state != "Z"; state = processState(child) {
		time.Sleep(time.Millisecond)
	}
}

// busy reports whether a process has used a tenth of a second of processor time.
func busy(pid string) bool {
	fields := processStat(pid)
	if len(fields) < 12 {
		return false
	}
	ticks, err := strconv.Atoi(fields[11])
	return err == nil && ticks >= 10
}

// processState returns the letter of a process's state, nothing where there is none.
func processState(pid string) string {
	if fields := processStat(pid); len(fields) > 0 {
		return fields[0]
	}
	return ""
}

// processStat returns the fields of proc_pid_stat(5) from the state on, none where the process is gone.
func processStat(pid string) []string {
	data, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
}

// childProcesses lists the processes whose parent is this one.
func childProcesses(t *testing.T) (pids []string) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Fatal(stats, err)
	}
	for _, path := range stats {
		pid := filepath.Base(filepath.Dir(path))
		if fields := processStat(pid); len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			pids = append(pids, pid)
		}
	}
	return pids
}

var benchmarked = map[string]string{
	"empty": `req => true`,
	"native": `req => req.method === "MESSAGE"`,
	"script": `req => new Map([[req.method, true]]).get("INVITE")`,
}

func BenchmarkWarmCall(b *testing.B) {
	p := pool(b, realChild, Options{Size: 1})
	for name, text := range benchmarked {
		b.Run(name, func(b *testing.B) {
			r := Request{Source: text, Messages: messages(b)[:1]}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Evaluate(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInProcess is the same work without the other process.
func BenchmarkInProcess(b *testing.B) {
	for name, text := range benchmarked {
		b.Run(name, func(b *testing.B) {
			r := Request{Source: text, Messages: messages(b)[:1]}
			b.ReportAllocs()
			for b.Loop() {
				if a := evaluate(r); a.SourceError != nil {
					b.Fatal(a.SourceError)
				}
			}
		})
	}
}

func BenchmarkColdCall(b *testing.B) {
	p := pool(b, realChild, Options{Size: 1})
	r := Request{Source: good, Messages: messages(b)[:1]}
	for b.Loop() {
		if _, err := p.Evaluate(b.Context(), r); err != nil {
			b.Fatal(err)
		}
		p.lastIdle().end()
	}
}
