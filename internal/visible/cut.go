package visible

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Cut returns the start of a text that somebody else chose the length of: at most most bytes, up to a character's end,
// and a word on how many were left out. It is memory of its own, so that the rest can go.
func Cut[T ~string | ~[]byte](text T, most int) string {
	start := string(Start(text, most))
	if left := len(text) - len(start); left > 0 {
		return fmt.Sprintf("%s… (%d bytes more)", start, left)
	}
	return strings.Clone(start)
}

// Start returns a part of the text: at most most bytes from its start on, up to a character's end.
func Start[T ~string | ~[]byte](text T, most int) T {
	if len(text) <= most {
		return text
	}
	end := most
	for end > most-utf8.UTFMax && end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	if !utf8.RuneStart(text[end]) {
		end = most // it isn't UTF-8 anyway
	}
	return text[:end]
}
