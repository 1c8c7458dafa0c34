package esregexp_test

import (
	"math"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

// script runs what a program does with a regular expression, as ECMA-262
// spells it, over the package.
type script struct {
	t       *testing.T
	re      *esregexp.Regexp
	subject jsString
}

// caps is what Exec captures from index 0, or nil.
func (s script) caps() []int {
	s.t.Helper()
	caps := make([]int, 2*(s.re.NumCaptures()+1))
	_, ok, err := s.re.Exec(esregexp.UTF16(s.subject), 0, caps, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if !ok {
		return nil
	}
	return caps
}

// group is the text of group i, or nil.
func (s script) group(caps []int, i int) any {
	if caps[2*i] < 0 {
		return nil
	}
	return s.subject[caps[2*i]:caps[2*i+1]]
}

func (s script) exec() any {
	caps := s.caps()
	if caps == nil {
		return nil
	}
	out := []any{caps[0]}
	for i := range len(caps) / 2 {
		out = append(out, s.group(caps, i))
	}
	return out
}

func (s script) groups() any {
	caps := s.caps()
	if caps == nil || len(s.re.Names()) == 0 {
		return nil
	}
	out := []any{}
	for _, g := range s.re.Names() {
		out = append(out, []any{jsString(units(g.Name)), s.group(caps, g.Index)})
	}
	return out
}

// replace is subject.replace(re, "[$&$1]"), ECMA-262 22.2.6.11.
func (s script) replace() jsString {
	s.t.Helper()
	matches, _, err := s.re.All(esregexp.UTF16(s.subject), 0, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	out, done := jsString{}, 0
	for _, caps := range matches {
		out = append(out, s.subject[done:caps[0]]...)
		out = append(append(out, '['), s.subject[caps[0]:caps[1]]...)
		if len(caps) == 2 {
			out = append(out, '$', '1')
		} else if g, ok := s.group(caps, 1).(jsString); ok {
			out = append(out, g...)
		}
		out = append(out, ']')
		done = caps[1]
	}
	return append(out, s.subject[done:]...)
}

// split is subject.split(re), ECMA-262 22.2.6.14.
func (s script) split() any {
	s.t.Helper()
	parts, err := s.re.Split(esregexp.UTF16(s.subject), math.MaxUint32, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	out := []any{}
	for _, p := range parts {
		out = append(out, s.group(p[:], 0))
	}
	return out
}

func units(s string) []uint16 {
	var out []uint16
	for _, c := range s {
		out = append(out, uint16(c)) // names here are in the BMP
	}
	return out
}
