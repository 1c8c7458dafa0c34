package config

import (
	"strings"

	"github.com/agext/levenshtein"
)

// DidYouMean returns a question for the candidate that is nearest to the word, or nothing where none is near.
func DidYouMean(word string, candidates []string) string { return didYouMean(word, candidates) }

// didYouMean returns `; did you mean "x"?` for the candidate that is nearest to the word, or nothing
// where none is near: few letters apart, or with more than half of its letters at the start of the word.
func didYouMean(word string, candidates []string) string {
	best := nearest(word, candidates)
	if best == "" {
		return ""
	}
	return "; did you mean " + quoted(best) + "?"
}

func nearest(word string, candidates []string) string {
	const longest = 64
	if len(word) > longest {
		return ""
	}
	best, least := "", longest
	for _, candidate := range candidates {
		a, b := strings.ToLower(word), strings.ToLower(candidate)
		distance, prefix, _ := levenshtein.Calculate([]rune(a), []rune(b), longest, 1, 1, 1)
		near := distance <= max(1, len(a)/3) && distance < len(b)
		if (near || 2*prefix > len(b)) && distance < least {
			best, least = candidate, distance
		}
	}
	return best
}
