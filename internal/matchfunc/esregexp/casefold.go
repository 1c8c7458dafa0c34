package esregexp

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// caseTables holds, as Node 20 has them, the sets of characters that match
// one another under flag i ("i:" lines) and under flags iu ("u:" lines), and
// the full case foldings that are longer than one character ("f:" lines).
//
//go:embed casefold.txt
var caseTables string

// caseFolding answers which characters are equal when case is ignored.
type caseFolding struct {
	class map[rune][]rune // every character with more than itself in its class
	all   [][]rune        // those classes
	full  map[rune][]rune // full case folding, where it is longer; unicode mode only
}

// unitFolding is for patterns without u and v, codePointFolding for those with.
var (
	unitFolding      = sync.OnceValue(func() *caseFolding { return readFolding("i") })
	codePointFolding = sync.OnceValue(func() *caseFolding { return readFolding("u") })
)

func foldingFor(f flagSet) *caseFolding {
	if f.has(unicodeMode) {
		return codePointFolding()
	}
	return unitFolding()
}

func readFolding(kind string) *caseFolding {
	f := &caseFolding{class: map[rune][]rune{}, full: map[rune][]rune{}}
	for line := range strings.Lines(caseTables) {
		head, data, _ := strings.Cut(line, ":")
		switch head {
		case kind:
			class := parseRunes(data)
			f.all = append(f.all, class)
			for _, c := range class {
				f.class[c] = class
			}
		case "f":
			chars := parseRunes(data)
			f.full[chars[0]] = chars[1:]
		}
	}
	return f
}

func parseRunes(text string) []rune {
	var out []rune
	for _, field := range strings.Fields(text) {
		c, err := strconv.ParseInt(field, 16, 32)
		if err != nil {
			panic("esregexp: casefold.txt: " + err.Error())
		}
		out = append(out, rune(c))
	}
	return out
}

// canonical returns the one character that stands for all of c's case variants.
func (f *caseFolding) canonical(c rune) rune {
	if class := f.class[c]; class != nil {
		return class[0]
	}
	return c
}

// fold returns the full case folding of chars, up to the choice of the
// character that stands for its variants.
func (f *caseFolding) fold(chars []rune) []rune {
	var out []rune
	for _, c := range chars {
		if full := f.full[c]; full != nil {
			out = append(out, full...)
		} else {
			out = append(out, f.canonical(c))
		}
	}
	return out
}

// fewChars is the size of a set up to which its members are looked up one by
// one, rather than all case classes held against it.
const fewChars = 256

// close adds to s all case variants of its characters.
func (f *caseFolding) close(s charSet) charSet {
	var more charSet
	add := func(class []rune) {
		for _, v := range class {
			more = append(more, span{v, v})
		}
	}
	if s.size() <= fewChars {
		for _, r := range s {
			for c := r.lo; c <= r.hi; c++ {
				add(f.class[c])
			}
		}
	} else {
		for _, class := range f.all {
			if slices.ContainsFunc(class, s.contains) {
				add(class)
			}
		}
	}
	if more == nil {
		return s
	}
	return s.union(more)
}
