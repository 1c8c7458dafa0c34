package esregexp

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:generate node gen/tables.js

// unicodeTables holds the sets behind \p{...} as Node 20 has them: one line
// per property, "kind name alias...:gap length gap length ..." in base 36.
//
//go:embed unicode.txt
var unicodeTables string

// stringProperties are the properties of strings, which only flag v knows.
var stringProperties = []string{
	"Basic_Emoji", "Emoji_Keycap_Sequence", "RGI_Modifier_Sequence", "RGI_Flag_Sequence",
	"RGI_Emoji", "RGI_Emoji_Modifier_Sequence", "RGI_Emoji_Flag_Sequence",
	"RGI_Emoji_Tag_Sequence", "RGI_Emoji_ZWJ_Sequence",
}

// property finds the characters of \p{name} or \p{name=value}.
func property(name, value string, hasValue bool) (charSet, bool) {
	if !hasValue {
		if set, ok := lookUp("gc", name); ok {
			return set, true
		}
		return lookUp("bin", name)
	}
	switch name {
	case "General_Category", "gc":
		return lookUp("gc", value)
	case "Script", "sc":
		return lookUp("sc", value)
	case "Script_Extensions", "scx":
		return lookUp("scx", value)
	}
	return nil, false
}

func lookUp(kind, name string) (charSet, bool) {
	for line := range strings.Lines(unicodeTables) {
		head, data, _ := strings.Cut(line, ":")
		names := strings.Fields(head)
		if names[0] != kind {
			continue
		}
		for _, n := range names[1:] {
			if n == name {
				return decodeSpans(strings.Fields(data)), true
			}
		}
	}
	return nil, false
}

func decodeSpans(gaps []string) charSet {
	set := make(charSet, 0, len(gaps)/2)
	next := rune(0)
	for i := 0; i+1 < len(gaps); i += 2 {
		lo := next + base36(gaps[i])
		hi := lo + base36(gaps[i+1])
		set = append(set, span{lo, hi})
		next = hi + 1
	}
	return set
}

func base36(s string) rune {
	n, err := strconv.ParseInt(s, 36, 32)
	if err != nil {
		panic("esregexp: unicode.txt: " + err.Error())
	}
	return rune(n)
}
