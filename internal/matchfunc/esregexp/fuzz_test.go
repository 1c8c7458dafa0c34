package esregexp_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

func FuzzCompileAndMatch(f *testing.F) {
	for _, seed := range [][3]string{
		{`^(\+|00)\d{7,15}$`, "", "+14155550100"},
		{`(?<=(?<a>\d+))\k<a>`, "u", "1212"},
		{`[\w--[a-c]]|[\q{ab|c}&&\q{ab}]`, "v", "ab"},
		{`(?:(a)|(b)|\1\2)*?$`, "im", "abAB\r\n"},
		{`\ud83d\ude00|\p{L}{2,}?`, "giu", "😀"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, pattern, flags, subject string) {
		re, err := esregexp.CompileString(pattern, flags)
		var syntax *esregexp.SyntaxError
		var unsupported *esregexp.UnsupportedError
		if err != nil {
			if !errors.As(err, &syntax) && !errors.As(err, &unsupported) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		const steps = 50_000
		budget := &esregexp.Budget{Steps: steps}
		caps := make([]int, 2*(re.NumCaptures()+1))
		s := esregexp.Text(subject)
		ok, err := re.Match(s, 0, caps, budget)
		if err != nil && !errors.Is(err, esregexp.ErrBudget) {
			t.Fatal(err)
		}
		if budget.Steps > steps || budget.Steps < -2*int64(s.Len())-steps {
			t.Fatalf("%d steps left of %d", budget.Steps, steps)
		}
		if ok && (caps[0] < 0 || slices.Max(caps) > s.Len()) {
			t.Fatalf("captures %v in %d units", caps, s.Len())
		}
	})
}
