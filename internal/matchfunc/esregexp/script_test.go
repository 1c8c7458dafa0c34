package esregexp_test

import (
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

// script runs what a program does with a regular expression, as ECMA-262
// spells it, over Exec.
type script struct {
	t       *testing.T
	re      *esregexp.Regexp
	pattern jsString
	subject jsString
}

func (s script) caps(re *esregexp.Regexp, lastIndex int) (caps []int, next int) {
	s.t.Helper()
	caps = make([]int, 2*(re.NumCaptures()+1))
	next, ok, err := re.Exec(esregexp.UTF16(s.subject), lastIndex, caps, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if !ok {
		return nil, next
	}
	return caps, next
}

// group is the text of group i, or nil.
func (s script) group(caps []int, i int) any {
	if caps[2*i] < 0 {
		return nil
	}
	return s.subject[caps[2*i]:caps[2*i+1]]
}

func (s script) exec() any {
	caps, _ := s.caps(s.re, 0)
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
	caps, _ := s.caps(s.re, 0)
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
	global := contains(s.re.Flags(), 'g')
	out := jsString{}
	done, lastIndex := 0, 0
	for {
		caps, next := s.caps(s.re, lastIndex)
		if caps == nil {
			break
		}
		out = append(out, s.subject[done:caps[0]]...)
		out = append(append(out, '['), s.subject[caps[0]:caps[1]]...)
		if len(caps) == 2 {
			out = append(out, '$', '1')
		} else if g, ok := s.group(caps, 1).(jsString); ok {
			out = append(out, g...)
		}
		out = append(out, ']')
		done, lastIndex = caps[1], next
		if !global {
			break
		}
		if caps[0] == caps[1] {
			lastIndex = s.re.Advance(esregexp.UTF16(s.subject), next)
		}
	}
	return append(out, s.subject[done:]...)
}

// split is subject.split(re), ECMA-262 22.2.6.14.
func (s script) split() any {
	flags := s.re.Flags()
	if !contains(flags, 'y') {
		flags += "y"
	}
	re, err := esregexp.Compile(s.pattern, flags)
	if err != nil {
		s.t.Fatal(err)
	}
	subject := esregexp.UTF16(s.subject)
	if len(s.subject) == 0 {
		if caps, _ := s.caps(re, 0); caps != nil {
			return []any{}
		}
		return []any{s.subject}
	}
	out := []any{}
	from := 0
	for at := 0; at < len(s.subject); {
		caps, next := s.caps(re, at)
		if end := min(next, len(s.subject)); caps == nil || end == from {
			at = re.Advance(subject, at)
		} else {
			out = append(out, s.subject[from:at])
			for i := 1; i < len(caps)/2; i++ {
				out = append(out, s.group(caps, i))
			}
			from, at = end, end
		}
	}
	return append(out, s.subject[from:])
}

func contains(flags string, c byte) bool {
	for i := range len(flags) {
		if flags[i] == c {
			return true
		}
	}
	return false
}

func units(s string) []uint16 {
	var out []uint16
	for _, c := range s {
		out = append(out, uint16(c)) // names here are in the BMP
	}
	return out
}
