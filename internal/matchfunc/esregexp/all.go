package esregexp

// All lists the matches that replace, match and matchAll work on: with flag g
// all of them from index 0 on, without it the first from lastIndex on, in the
// form Match gives. next is the lastIndex they leave behind.
func (re *Regexp) All(s Subject, lastIndex int, b *Budget) (matches [][]int, next int, err error) {
	if re.flags.has(global) {
		lastIndex = 0
	}
	for {
		caps := make([]int, 2*(re.groups+1))
		next, ok, err := re.Exec(s, lastIndex, caps, b)
		if err != nil || !ok {
			return matches, next, err
		}
		matches = append(matches, caps)
		if !re.flags.has(global) {
			return matches, next, nil
		}
		lastIndex = next
		if caps[0] == caps[1] {
			lastIndex = re.Advance(s, next)
		}
	}
}

// Split cuts s as String.prototype.split does, into at most limit parts: each
// the start and end of a piece of s, or of a group of the match between two
// pieces, -1 and -1 for a group that took no part.
func (re *Regexp) Split(s Subject, limit uint32, b *Budget) ([][2]int, error) {
	c := cutter{re: re, s: s, b: b, limit: int64(limit), caps: make([]int, 2*(re.groups+1)), parts: [][2]int{}}
	if limit == 0 {
		return c.parts, nil
	}
	if s.Len() == 0 {
		ok, err := re.Match(s, 0, nil, b)
		if err == nil && !ok {
			c.add(0, 0)
		}
		return c.parts, err
	}
	return c.parts, c.cut(re.flags.has(sticky))
}

// cutter is one Split on its way.
type cutter struct {
	re    *Regexp
	s     Subject
	b     *Budget
	limit int64
	caps  []int
	parts [][2]int
}

func (c *cutter) full() bool { return int64(len(c.parts)) >= c.limit }

func (c *cutter) add(start, end int) {
	if !c.full() {
		c.parts = append(c.parts, [2]int{start, end})
	}
}

// cut follows V8, which searches for the next match where ECMA-262 22.2.6.14
// tries one index after the other. The answers differ inside of surrogate
// pairs, where a search in unicode mode finds an empty match and the steps
// don't. Only a sticky pattern goes step by step.
func (c *cutter) cut(stepwise bool) error {
	done, from := 0, 0
	for from < c.s.Len() && !c.full() {
		ok, err := c.re.Match(c.s, from, c.caps, c.b)
		if err != nil {
			return err
		}
		if !ok && stepwise {
			from = c.step(from, stepwise)
			continue
		}
		start, end := c.caps[0], c.caps[1]
		if stepwise {
			start = from
		}
		if !ok || start == c.s.Len() {
			break
		}
		if end == done && (stepwise || end == from) {
			from = c.step(from, stepwise)
			continue
		}
		c.add(done, start)
		for i := 2; i < len(c.caps); i += 2 {
			c.add(c.caps[i], c.caps[i+1])
		}
		done, from = end, end
	}
	c.add(done, c.s.Len())
	return nil
}

// step is the index to try after i. Going step by step V8 knows of surrogate
// pairs with flag u only, not with v.
func (c *cutter) step(i int, stepwise bool) int {
	if stepwise && c.re.flags.has(unicodeSets) {
		return i + 1
	}
	return c.re.Advance(c.s, i)
}
