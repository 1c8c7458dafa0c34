package native

import (
	"slices"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Condition is an equality that a message must satisfy for a rule to match: the value of Field, in the message at
// Place, must be one of Values.
//
// It promises: for a message where every place in Touches is there, and where Place isn't there, or Field's value is
// none of Values, the rule returns a falsy value and throws nothing (limits aside: a rule that would have run out of
// time may not be run at all). The value of a string field is its bytes on the wire, "" where it isn't set; that of an
// enum field is its name, which a number without one is never equal to.
type Condition struct {
	Place   message.Place
	Field   *message.Field // a string or an enum
	Values  []string
	Touches []message.Place // places that the rule reads from, without ?., before the condition decides
}

// placeSet is a set of places.
type placeSet uint32

func placesOf(all ...message.Place) (s placeSet) {
	for _, p := range all {
		s |= 1 << p
	}
	return s
}

// lists are what list returned, by set: there are few, and each rule has some.
var lists sync.Map

// list returns the places in the set but the root, which is always there. Nobody may change them.
func (s placeSet) list() (all []message.Place) {
	if known, ok := lists.Load(s); ok {
		return known.([]message.Place) // nothing else is stored
	}
	defer func() { lists.Store(s, all) }()
	for p := message.Place(1); s>>p != 0; p++ {
		if s&(1<<p) != 0 {
			all = append(all, p)
		}
	}
	return all
}

// need is a Condition in the making.
type need struct {
	place   message.Place
	field   *message.Field
	values  []string
	touches placeSet
}

// needs are conditions each of which is necessary for an outcome. Where never is set the outcome can't be: as if a
// condition with no values were necessary, of whatever field.
type needs struct {
	never   bool
	touches placeSet // of never
	list    []need
}

// maxNeeds bounds how many conditions are kept of one expression.
const maxNeeds = 8

// behind returns the needs of an expression that is evaluated after another one, given the other's facts.
func (n needs) behind(before *facts, known placeSet) needs {
	if before.wild {
		return needs{}
	}
	touches := before.touches
	out := needs{never: n.never, touches: n.touches&^known | touches}
	for _, c := range n.list {
		c.touches = c.touches&^known | touches
		out.list = append(out.list, c)
	}
	return out
}

// both returns the needs of an outcome for which both n's and o's are necessary.
func (n needs) both(o needs) needs {
	out := n
	if !n.never {
		out.never, out.touches = o.never, o.touches
	}
	out.list = append(slices.Clone(n.list), o.list...)
	if len(out.list) > maxNeeds {
		out.list = out.list[:maxNeeds]
	}
	return out
}

// either returns the needs of an outcome that n's or o's lead to.
func (n needs) either(o needs) needs {
	var out needs
	if n.never && o.never {
		out.never, out.touches = true, n.touches|o.touches
	}
	if n.never {
		out.list = append(out.list, o.widened(n.touches)...)
	}
	if o.never {
		out.list = append(out.list, n.widened(o.touches)...)
	}
	for _, a := range n.list {
		for _, b := range o.list {
			if a.place == b.place && a.field == b.field && len(out.list) < maxNeeds {
				values := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(a.values), b.values...))))
				out.list = append(out.list, need{a.place, a.field, values, a.touches | b.touches})
			}
		}
	}
	return out
}

func (n needs) widened(touches placeSet) []need {
	out := slices.Clone(n.list)
	for i := range out {
		out[i].touches |= touches
	}
	return out
}

// facts are what is known of an expression's evaluation beforehand.
type facts struct {
	touches placeSet // places it may read from without ?.
	wild    bool     // it may throw for other reasons than a place that isn't there
	yes, no needs    // of a truthy value, and of a falsy one
	known   placeSet // places that are there whenever it is truthy
}

// seen adds up what evaluating all of them may do.
func seen(all ...*expr) (out facts) {
	for _, e := range all {
		out.touches |= e.touches
		out.wild = out.wild || e.wild
	}
	return out
}

func (a *facts) negated() facts {
	return facts{touches: a.touches, wild: a.wild, yes: a.no, no: a.yes}
}

// and returns the facts of a && b.
func (a *facts) and(b *facts) facts {
	return facts{
		touches: a.touches | b.touches&^a.known,
		wild:    a.wild || b.wild,
		yes:     a.yes.both(b.yes.behind(a, a.known)),
		no:      a.no.either(b.no),
		known:   a.known | b.known,
	}
}

// or returns the facts of a || b.
func (a *facts) or(b *facts) facts {
	n, m := a.negated(), b.negated()
	both := n.and(&m)
	out := both.negated()
	out.known = a.known & b.known
	return out
}

// choice returns the facts of test ? yes : no.
func (a *facts) choice(yes, no *facts) facts {
	not := a.negated()
	first, second := a.and(yes), not.and(no)
	out := facts{
		touches: first.touches | second.touches,
		wild:    first.wild || second.wild,
		yes:     first.yes.either(second.yes),
		known:   first.known & second.known,
	}
	// Falsy for the same reasons: test and yes is falsy, or not test and no is.
	falseYes, falseNo := yes.negated(), no.negated()
	first, second = a.and(&falseYes), not.and(&falseNo)
	out.no = first.yes.either(second.yes)
	return out
}

// conditions returns what is necessary for a rule whose body this is to match.
func (a *facts) conditions() []Condition {
	var out []Condition
	for _, n := range a.yes.list {
		out = append(out, Condition{Place: n.place, Field: n.field, Values: n.values, Touches: n.touches.list()})
	}
	return out
}
