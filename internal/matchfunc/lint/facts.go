package lint

// facts are the paths of values that are known to be there, so that reading from them is safe. A nil facts is empty.
// They are never changed, and hold wherever they are known: what they speak of doesn't change during an evaluation.
type facts map[string]bool

// anything is a fact that stands for all of them: a condition that isn't understood may say what it likes.
const anything = "*"

func fact(path string) facts {
	if path == "" {
		return nil
	}
	return facts{path: true}
}

func (f facts) has(path string) bool { return f[path] || f[anything] }

// and returns what is known where both are.
func (f facts) and(g facts) facts {
	switch {
	case g.within(f):
		return f
	case f.within(g):
		return g
	}
	out := make(facts, len(f)+len(g))
	for path := range f {
		out[path] = true
	}
	for path := range g {
		out[path] = true
	}
	return out
}

// within reports whether g holds all of f.
func (f facts) within(g facts) bool {
	if len(f) > len(g) {
		return false
	}
	for path := range f {
		if !g[path] {
			return false
		}
	}
	return true
}

// or returns what is known where one of them is.
func (f facts) or(g facts) facts {
	if len(f) == 0 || len(g) == 0 {
		return nil
	}
	out := facts{}
	for path := range f {
		if g.has(path) {
			out[path] = true
		}
	}
	for path := range g {
		if f.has(path) {
			out[path] = true
		}
	}
	return out
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
