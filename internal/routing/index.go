package routing

import (
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// index narrows a table down to the rules that can take a message, or would fail on it: what it leaves out is proven
// to say no. It never changes.
//
// A rule is kept in one of two places. Where it needs a field to have one of a few values (matchfunc.Condition), it is
// found by the value that the message has. Otherwise it is among those that are always tried, by method.
type index struct {
	methods []methodSet                // by rule: the methods on which it has to be tried
	always  map[message.Method][]int32 // rules without a usable condition, ascending
	groups  []group
	by      []path // by rule: what it is found by; the zero path where it is always tried
}

// group is the rules that are found by the value of one field.
type group struct {
	place   message.Place
	field   *message.Field
	byValue map[string][]int32 // rules, ascending
	// touched are the rules that read from a place on the way to the field: where a message doesn't have that place,
	// they may throw, whatever the value.
	touched []touched
}

type touched struct {
	place message.Place
	rules []int32 // ascending
}

// methodSet has bit n set for method n. Methods that the enum doesn't know are in no set.
type methodSet uint32

func (s methodSet) has(m message.Method) bool { return m >= 0 && m < 32 && s&(1<<uint(m)) != 0 }

// path names the field that a group goes by.
type path struct {
	place message.Place
	field *message.Field
}

func newIndex(rules []Rule) *index {
	x := &index{methods: make([]methodSet, len(rules)), by: make([]path, len(rules)),
		always: map[message.Method][]int32{}}
	conditions := make([][]matchfunc.Condition, len(rules))
	for i, rule := range rules {
		for _, m := range rule.Methods {
			x.methods[i] |= 1 << uint(m)
		}
		conditions[i] = x.narrow(i, rule.Func.Necessary())
	}
	selectivity := distinctValues(conditions)
	at := map[path]int{}
	for i := range rules {
		c, ok := choose(conditions[i], selectivity)
		if !ok {
			x.addAlways(i)
			continue
		}
		p := path{c.Place, c.Field}
		x.by[i] = p
		if _, known := at[p]; !known {
			at[p] = len(x.groups)
			x.groups = append(x.groups, group{place: c.Place, field: c.Field, byValue: map[string][]int32{}})
		}
		x.groups[at[p]].add(int32(i), c) // a configuration file holds far fewer
	}
	return x
}

// narrow takes the conditions on the method into the rule's methods and returns the others.
func (x *index) narrow(i int, all []matchfunc.Condition) (others []matchfunc.Condition) {
	for _, c := range all {
		if c.Place != message.Root || c.Field != methodField || len(c.Touches) > 0 {
			others = append(others, c)
			continue
		}
		var needed methodSet
		for number, name := range methodField.Names {
			if slices.Contains(c.Values, name) {
				needed |= 1 << uint(number)
			}
		}
		x.methods[i] &= needed
	}
	return others
}

var methodField = message.RequestSchema.Field("method")

// distinctValues counts the values that the rules ask for, by path: the more there are, the fewer rules share one.
func distinctValues(conditions [][]matchfunc.Condition) map[path]int {
	values := map[path]map[string]bool{}
	for _, all := range conditions {
		for _, c := range all {
			p := path{c.Place, c.Field}
			if values[p] == nil {
				values[p] = map[string]bool{}
			}
			for _, v := range c.Values {
				values[p][v] = true
			}
		}
	}
	counts := make(map[path]int, len(values))
	for p, v := range values {
		counts[p] = len(v)
	}
	return counts
}

// choose picks the rule's condition on the most selective path.
func choose(all []matchfunc.Condition, selectivity map[path]int) (best matchfunc.Condition, ok bool) {
	for _, c := range all {
		if !ok || selectivity[path{c.Place, c.Field}] > selectivity[path{best.Place, best.Field}] {
			best, ok = c, true
		}
	}
	return best, ok
}

func (x *index) addAlways(i int) {
	for number := range methodField.Names {
		if m := message.Method(number); x.methods[i].has(m) {
			x.always[m] = append(x.always[m], int32(i)) // a configuration file holds far fewer
		}
	}
}

func (g *group) add(rule int32, c matchfunc.Condition) {
	for _, v := range c.Values {
		if l := g.byValue[v]; len(l) == 0 || l[len(l)-1] != rule {
			g.byValue[v] = append(l, rule)
		}
	}
	for _, place := range c.Touches {
		g.touch(place, rule)
	}
}

func (g *group) touch(place message.Place, rule int32) {
	for i := range g.touched {
		if t := &g.touched[i]; t.place == place {
			if t.rules[len(t.rules)-1] != rule {
				t.rules = append(t.rules, rule)
			}
			return
		}
	}
	g.touched = append(g.touched, touched{place, []int32{rule}})
}

// lists are ascending lists of rules, which are walked as one. The zero lists are empty.
type lists struct {
	few  [12][]int32 // as many as most tables need, without allocating
	n    int
	more [][]int32
}

func (l *lists) add(rules []int32) {
	switch {
	case len(rules) == 0:
	case l.n < len(l.few):
		l.few[l.n] = rules
		l.n++
	default:
		l.more = append(l.more, rules)
	}
}

// next takes the lowest rule off the lists, off each that has it.
func (l *lists) next() (rule int, ok bool) {
	lowest := int32(-1)
	for i := range l.n {
		lowest = lower(lowest, l.few[i])
	}
	for _, rules := range l.more {
		lowest = lower(lowest, rules)
	}
	if lowest < 0 {
		return 0, false
	}
	for i := range l.n {
		l.few[i] = without(lowest, l.few[i])
	}
	for i := range l.more {
		l.more[i] = without(lowest, l.more[i])
	}
	return int(lowest), true
}

func lower(lowest int32, rules []int32) int32 {
	if len(rules) > 0 && (lowest < 0 || rules[0] < lowest) {
		return rules[0]
	}
	return lowest
}

func without(rule int32, rules []int32) []int32 {
	if len(rules) > 0 && rules[0] == rule {
		return rules[1:]
	}
	return rules
}

// candidates fills l with the rules to try. They may hold rules of another method: see methods.
func (x *index) candidates(req *message.Request, method message.Method, l *lists) {
	l.add(x.always[method])
	for i := range x.groups {
		g := &x.groups[i]
		if req.Present(g.place) {
			l.add(g.find(req))
		}
		for _, t := range g.touched {
			if !req.Present(t.place) {
				l.add(t.rules)
			}
		}
	}
}

// find returns the rules that ask for the value that the message has.
func (g *group) find(req *message.Request) []int32 {
	if g.field.Kind == message.Enum {
		name, ok := g.field.EnumName(req.Int(g.place, g.field))
		if !ok {
			return nil
		}
		return g.byValue[name]
	}
	return g.byValue[string(req.Str(g.place, g.field))]
}
