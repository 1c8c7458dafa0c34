package routing

import (
	"cmp"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// miss is a rule that said no, and how near it was to a match.
type miss struct {
	rule  int
	flips int     // conditions that a match needs and the message doesn't satisfy
	like  float64 // of the first of them: how much of the value is that of the message, from 0 to 1
}

// maxCandidates is how many rules are evaluated to find the nearest ones.
const maxCandidates = 3 * maxNear

// nearest returns the rules that said no, the nearest first: between them and a match stand so many conditions at
// most, as far as that shows without evaluating them. Of those that are equally near come first whose value is most
// like that of the message, as one is that was mistyped. With methods, the message's method is a condition like the
// others for the rules that don't take it; without, they aren't near.
func (t *Table) nearest(req *message.Request, all []RuleReport, most int, methods bool) []int {
	var misses []miss
	for i := range all {
		if all[i].Outcome != NoMatch && (all[i].MethodAccepted || !methods) {
			continue
		}
		if m := t.missed(req, i, all[i].MethodAccepted); m.flips <= most {
			misses = append(misses, m)
		}
	}
	slices.SortFunc(misses, func(a, b miss) int {
		return cmp.Or(cmp.Compare(a.flips, b.flips), cmp.Compare(b.like, a.like), cmp.Compare(a.rule, b.rule))
	})
	rows := make([]int, 0, maxCandidates)
	for _, m := range misses[:min(len(misses), maxCandidates)] {
		all[m.rule].Flips = m.flips
		rows = append(rows, m.rule)
	}
	return rows
}

// missed says how near a rule that said no was. Where all conditions that are known hold, something else doesn't, such
// as its methods.
func (t *Table) missed(req *message.Request, rule int, methodAccepted bool) miss {
	m := miss{rule: rule, like: 1}
	for _, c := range t.rules[rule].Func.Necessary() {
		if holds, like := satisfied(req, c); !holds {
			m.flips++
			m.like = min(m.like, like)
		}
	}
	if !methodAccepted {
		m.flips++
	}
	m.flips = max(m.flips, 1)
	return m
}

// satisfied reports whether a message satisfies a condition, and how much its value is like one that would.
func satisfied(req *message.Request, c matchfunc.Condition) (holds bool, like float64) {
	if !req.Present(c.Place) {
		return false, 0
	}
	var value []byte
	if c.Field.Kind == message.Enum {
		name, _ := c.Field.EnumName(req.Int(c.Place, c.Field))
		value = []byte(name)
	} else {
		value = req.Str(c.Place, c.Field)
	}
	for _, v := range c.Values {
		if string(value) == v {
			return true, 1
		}
		like = max(like, likeness(value, v))
	}
	return false, like
}

// likeness is how much of two texts is the same at their start and at their end.
func likeness(a []byte, b string) float64 {
	shorter, start, end := min(len(a), len(b)), 0, 0
	for start < shorter && a[start] == b[start] {
		start++
	}
	for end < shorter-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return float64(start+end) / float64(max(len(a), len(b), 1))
}
