package esregexp

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Text is the Subject of any string in UTF-8. Bytes that are no UTF-8 read as U+FFFD, one each.
func Text(s string) Subject {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return UTF16(utf16.Encode([]rune(s)))
		}
	}
	return ASCII(s)
}
