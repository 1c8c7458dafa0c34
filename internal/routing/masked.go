package routing

import (
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// MaskedRead is a rule whose answer may be another one in traffic: it reads what is masked in the message.
type MaskedRead struct {
	Ref   string   `json:"ref"`
	Paths []string `json:"paths"` // that it reads of what is masked
}

// maxMasked is how many rules are told of that read what is masked, and how many are looked at for it.
const (
	maxMasked       = 100
	maxMaskedLooked = maxLooked
)

// maskedReads finds the rules that had a say, and read what is masked: those that were evaluated, and those that the
// index left out by a field that is.
func (t *Table) maskedReads(v View, all []RuleReport) (found []MaskedRead) {
	if len(v.Masked) == 0 {
		return nil
	}
	indexed, looked := map[path]bool{}, 0
	for i := range all {
		r := &all[i]
		if r.Outcome == NotTried || r.DurationNs == 0 && !t.leftOutBy(indexed, i, v.Masked) {
			continue
		}
		if looked++; looked > maxMaskedLooked || len(found) == maxMasked {
			break
		}
		reads := t.whys.of(i, t.rules[i].Func).Reads()
		if from := matchfunc.Derived(reads, v.Masked); len(from) > 0 {
			found = append(found, MaskedRead{Ref: r.Ref, Paths: from})
		}
	}
	return found
}

// leftOutBy reports whether one of the conditions of a rule is on what is masked.
func (t *Table) leftOutBy(known map[path]bool, rule int, masked []string) bool {
	for _, c := range t.rules[rule].Func.Necessary() {
		p := path{c.Place, c.Field}
		is, there := known[p]
		if !there {
			is = len(matchfunc.Derived([]string{nameOf(c.Place, c.Field)}, masked)) > 0
			known[p] = is
		}
		if is {
			return true
		}
	}
	return false
}

// nameOf writes a field's place as rules do.
func nameOf(p message.Place, f *message.Field) string {
	name := f.Name
	for ; p != message.Root; p = p.Parent() {
		name = p.Field().Name + "." + name
	}
	return name
}
