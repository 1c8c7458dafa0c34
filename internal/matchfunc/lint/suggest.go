package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// didYouMean returns `: did you mean "x"?` for the candidate that is nearest to a word, or nothing where none is near.
func didYouMean(name string, candidates []string) string {
	const longest = 64
	if len(name) > longest {
		return ""
	}
	best, least := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		a, b := strings.ToLower(name), strings.ToLower(c)
		distance := levenshtein.Distance(a, b, nil)
		if distance > 1 && (sameLetters(a, b) || len(a) > 2 && strings.HasPrefix(b, a)) {
			distance = 1
		}
		if distance < least && distance < len(b) {
			best, least = c, distance
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + strconv.Quote(best) + "?"
}

// sameLetters reports whether one word has the letters of the other, such as form and from.
func sameLetters(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values([]byte(a))), slices.Sorted(slices.Values([]byte(b))))
}
