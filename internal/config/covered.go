package config

import (
	"bytes"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// Covered returns a source with a star in place of each character of its secrets, so that lines and columns stay.
func Covered(source []byte, secrets []Range) []byte {
	out := make([]byte, 0, len(source))
	end := 0
	for _, s := range secrets {
		out = append(out, source[end:s.From]...)
		for _, r := range string(source[s.From:s.To]) {
			if unicode.IsSpace(r) {
				out = utf8.AppendRune(out, r)
			} else {
				out = append(out, '*')
			}
		}
		end = s.To
	}
	return append(out, source[end:]...)
}

// Masked covers the users and passwords of URLs in a text that isn't a configuration, such as a value of one or what is
// wrong with it.
func Masked(text string) string {
	var secrets []Range
	for _, m := range userinfo.FindAllStringIndex(text, -1) {
		secrets = append(secrets, userOf(m))
	}
	return string(Covered([]byte(text), secrets))
}

// word is what stands around stars: a secret is known again by it.
var word = regexp.MustCompile(`[^\s"']*\*[^\s"']*`)

// stars in a row stand for a secret, however many they are.
var stars = regexp.MustCompile(`\*+`)

// Uncovered puts the secrets of a source back into a text that was made from what Covered returned, wherever a word
// with stars stands as it stood there; *** will do for any number of them. Of several that look alike, the first stands
// for the first, and the last for those that are left. What it returns must not be shown, nor given to foreign rules.
func Uncovered(text, source []byte, secrets []Range) []byte {
	if len(secrets) == 0 || !bytes.ContainsRune(text, '*') {
		return text
	}
	known := coveredWords(source, secrets)
	return word.ReplaceAllFunc(text, func(found []byte) []byte {
		key := keyOfWord(found)
		all := known[key]
		if len(all) == 0 {
			return found
		}
		if len(all) > 1 {
			known[key] = all[1:]
		}
		return all[0]
	})
}

func keyOfWord(word []byte) string { return string(stars.ReplaceAllLiteral(word, []byte("*"))) }

// coveredWords returns what stands for the words with stars that Covered makes of a source, in order.
func coveredWords(source []byte, secrets []Range) map[string][][]byte {
	covered, known := Covered(source, secrets), map[string][][]byte{}
	at, from := 0, 0 // the same character of both
	skip := func(to int) {
		for at < to {
			_, size := utf8.DecodeRune(covered[at:])
			at += size
			_, size = utf8.DecodeRune(source[from:])
			from += size
		}
	}
	for _, m := range word.FindAllIndex(covered, -1) {
		skip(m[0])
		begin := from
		skip(m[1])
		if there, was := covered[m[0]:m[1]], source[begin:from]; !bytes.Equal(there, was) {
			known[keyOfWord(there)] = append(known[keyOfWord(there)], was)
		}
	}
	return known
}
