package config

import (
	"strings"

	"github.com/agext/levenshtein"
)

// didYouMean returns `; did you mean "x"?` for the candidate that is nearest to the word, or nothing where none is near.
func didYouMean(word string, candidates []string) string {
	const longest = 64
	if len(word) > longest {
		return ""
	}
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range candidates {
		d := levenshtein.Distance(strings.ToLower(word), strings.ToLower(candidate), nil)
		if d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + quoted(best) + "?"
}
