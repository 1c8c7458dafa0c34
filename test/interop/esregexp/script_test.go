//go:build interop

package esregexp_test

import (
	"math"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

// answers gives this package's answers to q.
func answers(t *testing.T, re *esregexp.Regexp, q question) ([]result, error) {
	t.Helper()
	var out []result
	for _, units := range q.Subjects {
		s := script{units: units, subject: esregexp.UTF16(units), budget: &esregexp.Budget{Steps: 200_000}}
		r, err := s.run(re, q.LastIndex)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
		if !slices.ContainsFunc(units, func(u uint16) bool { return u > 127 }) {
			s.subject, s.budget = esregexp.ASCII(string(utf16.Decode(units))), &esregexp.Budget{Steps: 200_000}
			ascii, err := s.run(re, q.LastIndex)
			if diff := cmp.Diff(r, ascii); diff != "" || err != nil {
				t.Errorf("%v on %04x: %v (-UTF16 +ASCII):\n%s", q, units, err, diff)
			}
		}
	}
	return out, nil
}

// script runs what a program does with a regular expression and one string.
type script struct {
	units   []uint16
	subject esregexp.Subject
	budget  *esregexp.Budget
}

func (s *script) run(re *esregexp.Regexp, lastIndex int) (r result, err error) {
	caps := make([]int, 2*(re.NumCaptures()+1))
	next, ok, err := re.Exec(s.subject, lastIndex, caps, s.budget)
	if err != nil {
		return r, err
	}
	r.Next = next
	if ok {
		r.Caps = caps
	}
	if r.Replace, err = s.replace(re); err != nil {
		return r, err
	}
	parts, err := re.Split(s.subject, math.MaxUint32, s.budget)
	r.Split = [][]uint16{}
	for _, p := range parts {
		r.Split = append(r.Split, s.part(p[0], p[1]))
	}
	return r, err
}

// replace is subject.replace(re, "[$&$1]") for a re with lastIndex 0.
func (s *script) replace(re *esregexp.Regexp) ([]uint16, error) {
	matches, _, err := re.All(s.subject, 0, s.budget)
	out, done := []uint16{}, 0
	for _, caps := range matches {
		if caps[0] < done {
			continue // stepped back into a surrogate pair
		}
		out = append(out, s.units[done:caps[0]]...)
		out = append(append(out, '['), s.units[caps[0]:caps[1]]...)
		switch {
		case len(caps) == 2:
			out = append(out, '$', '1')
		case caps[2] >= 0:
			out = append(out, s.units[caps[2]:caps[3]]...)
		}
		out = append(out, ']')
		done = caps[1]
	}
	return append(out, s.units[done:]...), err
}

// part is nil only for a group that took no part.
func (s *script) part(from, to int) []uint16 {
	if from < 0 {
		return nil
	}
	return append([]uint16{}, s.units[from:to]...)
}
