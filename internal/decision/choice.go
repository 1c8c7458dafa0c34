package decision

import (
	"slices"
	"strings"
)

// choice is what a term of a filter takes: one of some, where there are any, and none of none.
type choice[T comparable] struct{ some, none []T }

// read adds a value; one behind a ! is one that isn't taken.
func (c *choice[T]) read(text string, parse func(string) (T, error)) error {
	text, not := strings.CutPrefix(text, "!")
	v, err := parse(text)
	switch {
	case err != nil:
		return err
	case not:
		c.none = append(c.none, v)
	default:
		c.some = append(c.some, v)
	}
	return nil
}

// open reports a choice that takes everything.
func (c *choice[T]) open() bool { return len(c.some) == 0 && len(c.none) == 0 }

func (c *choice[T]) takes(v T) bool {
	return (len(c.some) == 0 || slices.Contains(c.some, v)) && !slices.Contains(c.none, v)
}

// takesOne is takes for what has several values: none may be refused, and one must be wanted.
func (c *choice[T]) takesOne(all []T) bool {
	found := len(c.some) == 0
	for _, v := range all {
		if slices.Contains(c.none, v) {
			return false
		}
		found = found || slices.Contains(c.some, v)
	}
	return found
}

// within is takesOne for parts of texts, in upper or lower case; those of the choice are in lower case.
func within(c *choice[string], texts []string) bool {
	for i, text := range texts {
		texts[i] = strings.ToLower(text)
	}
	has := func(part string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, part) })
	}
	return (len(c.some) == 0 || slices.ContainsFunc(c.some, has)) && !slices.ContainsFunc(c.none, has)
}
