package worker

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
)

func TestHostileRulesHarmNoOther(t *testing.T) {
	p := pool(t, realChild, Options{Size: 1})
	for _, h := range lines[struct{ ID, Source string }](t, "../matchfunc/script/testdata/hostile.jsonl") {
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
