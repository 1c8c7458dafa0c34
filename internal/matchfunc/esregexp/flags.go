package esregexp

import "strings"

// flagSet holds a pattern's flags, one bit for each letter of flagLetters.
type flagSet uint8

// flagLetters are in the order of RegExp.prototype.flags.
const flagLetters = "dgimsuvy"

const (
	hasIndices flagSet = 1 << iota
	global
	ignoreCase
	multiline
	dotAll
	unicode
	unicodeSets
	sticky

	unicodeMode = unicode | unicodeSets
)

// has reports whether any of the flags in g is set.
func (f flagSet) has(g flagSet) bool { return f&g != 0 }

func parseFlags(text string) (flagSet, error) {
	var f flagSet
	for _, c := range text {
		i := strings.IndexRune(flagLetters, c)
		if i < 0 || f.has(1<<i) {
			return 0, &SyntaxError{Offset: -1, Msg: "Invalid flags supplied to RegExp constructor"}
		}
		f |= 1 << i
	}
	if f.has(unicode) && f.has(unicodeSets) {
		return 0, &SyntaxError{Offset: -1, Msg: "Invalid flags supplied to RegExp constructor"}
	}
	return f, nil
}

func (f flagSet) String() string {
	var b strings.Builder
	for i := range len(flagLetters) {
		if f.has(1 << i) {
			b.WriteByte(flagLetters[i])
		}
	}
	return b.String()
}
