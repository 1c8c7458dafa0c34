package esregexp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

func TestMatchIsStoppedAndNeverSaysNo(t *testing.T) {
	long := strings.Repeat("ab", 1<<20)
	for _, tt := range []struct {
		name, pattern, flags, subject string
		budget                        esregexp.Budget
		want                          error
	}{
		{"steps of a catastrophic pattern", `^(a+)+$`, "", strings.Repeat("a", 40) + "!",
			esregexp.Budget{Steps: 100_000}, esregexp.ErrSteps},
		{"steps of a long search", `ab*?c`, "", long, esregexp.Budget{Steps: 100_000}, esregexp.ErrSteps},
		{"steps of one long run", `^[ab]*c`, "", long, esregexp.Budget{Steps: 100_000}, esregexp.ErrSteps},
		{"steps of empty iterations", `(?:a?){2000000000}`, "", "b", esregexp.Budget{Steps: 100_000},
			esregexp.ErrSteps},
		{"steps of backreferences", `^(.*)(?:\1|b)+$`, "s", long, esregexp.Budget{Steps: 100_000}, esregexp.ErrSteps},
		{"no steps at all", `a`, "", "a", esregexp.Budget{}, esregexp.ErrSteps},
		{"memory of alternatives", `^(?:a|b)*c`, "", long, esregexp.Budget{Steps: 1 << 40}, esregexp.ErrStack},
		{"memory that was asked for", `^(?:a|b)*c`, "", strings.Repeat("a", 200),
			esregexp.Budget{Steps: 1 << 40, Stack: 100}, esregexp.ErrStack},
		{"interruption", `^(a+)+$`, "", strings.Repeat("a", 40) + "!",
			esregexp.Budget{Steps: 1 << 40, Interrupt: func() bool { return true }}, esregexp.ErrInterrupted},
		{"two answers in V8", `^(..)\1$`, "iu", "ßssß", esregexp.Budget{Steps: 1000}, esregexp.ErrAmbiguous},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ok, err := mustCompile(t, tt.pattern, tt.flags).Match(esregexp.Text(tt.subject), 0, nil, &tt.budget)
			if ok || !errors.Is(err, tt.want) || !errors.Is(err, esregexp.ErrBudget) {
				t.Errorf("got %v, %v, want %v", ok, err, tt.want)
			}
		})
	}
}

func TestBudgetIsSharedByMatches(t *testing.T) {
	re := mustCompile(t, `a+b`, "")
	budget := &esregexp.Budget{Steps: 1000}
	matches := 0
	for range 1000 {
		if _, err := re.Match(esregexp.ASCII("aaab"), 0, nil, budget); err != nil {
			break
		}
		matches++
	}
	if matches == 0 || matches == 1000 {
		t.Errorf("%d matches on one budget, want some and not all", matches)
	}
}

func TestAStoppedMatchLeavesNothingBehind(t *testing.T) {
	slow, quick := mustCompile(t, `^(a+)+$`, ""), mustCompile(t, `(x)?(y)?b`, "")
	for range 100 {
		if _, err := slow.Match(esregexp.ASCII(strings.Repeat("a", 40)+"!"), 0, nil,
			&esregexp.Budget{Steps: 5000}); err == nil {
			t.Fatal("not stopped")
		}
		caps := make([]int, 6)
		if ok, err := quick.Match(esregexp.ASCII("ab"), 0, caps, nil); !ok || err != nil || caps[2] != -1 ||
			caps[4] != -1 {
			t.Fatalf("%v, %v, %v", ok, err, caps)
		}
	}
}

func TestFullCaseFoldingWhereTheSubjectDecides(t *testing.T) {
	ok, err := mustCompile(t, `^(..)\1`, "iu").Match(esregexp.Text("ßssß\u0100"), 0, nil, nil)
	if !ok || err != nil {
		t.Errorf("got %v, %v, want a match: the subject takes two bytes a character", ok, err)
	}
}

func TestLargeSubjectsNeedNoGoStack(t *testing.T) {
	subject := strings.Repeat("ab", 1<<20) + "c"
	re := mustCompile(t, `^(?:ab)*c$`, "")
	budget := &esregexp.Budget{Steps: 1 << 30, Stack: 1 << 22}
	if ok, err := re.Match(esregexp.ASCII(subject), 0, nil, budget); !ok || err != nil {
		t.Errorf("got %v, %v, want a match", ok, err)
	}
}
