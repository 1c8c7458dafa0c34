package config

import "github.com/fonoster/routr-dispatcher/internal/spelling"

// DidYouMean returns `; did you mean "x"?` for the candidate that is nearest to the word, or nothing where none is
// near.
func DidYouMean(word string, candidates []string) string {
	best := spelling.Nearest(word, candidates)
	if best == "" {
		return ""
	}
	return "; did you mean " + quoted(best) + "?"
}
