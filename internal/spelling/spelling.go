// Package spelling finds the word that somebody meant among those that there are. Whatever reads names from people asks
// it; it knows nothing of what they name.
package spelling

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// longest is how many bytes of a word are compared: what is longer is no misspelt name.
const longest = 64

// Nearest returns the candidate that is nearest to a word, whatever the case of its letters; empty where none is near.
// Near is a third of the word's letters away at most. Words with the same letters, and those that the word or more than
// half of the candidate begins with, are one letter away.
func Nearest(word string, candidates []string) string {
	if len(word) > longest {
		return ""
	}
	a := strings.ToLower(word)
	best, least := "", max(1, len(a)/3)+1
	for _, c := range candidates {
		if d := distance(a, strings.ToLower(c)); d < least && d < len(c) {
			best, least = c, d
		}
	}
	return best
}

func distance(a, b string) int {
	d, prefix, _ := levenshtein.Calculate([]rune(a), []rune(b), longest, 1, 1, 1)
	if d > 1 && (len(a) > 2 && strings.HasPrefix(b, a) || 2*prefix > len(b) || sameLetters(a, b)) {
		return 1
	}
	return d
}

// sameLetters reports whether one word has the letters of the other, such as form and from.
func sameLetters(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values([]byte(a))), slices.Sorted(slices.Values([]byte(b))))
}
