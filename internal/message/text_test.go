package message

import (
	"testing"
	"unicode/utf16"
)

// TestIllFormedTextReadsByMaximalSubparts holds the examples of Unicode 15, section 3.9, tables 3-8 to 3-11, which is
// what V8 answers too.
func TestIllFormedTextReadsByMaximalSubparts(t *testing.T) {
	for name, c := range map[string]struct{ bytes, want string }{
		"well-formed text stays": {"a\u00e9\u5317\U0001F600", "a\u00e9\u5317\U0001F600"},
		"overlong sequences": {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41",
			"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA"},
		"surrogates": {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41",
			"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA"},
		"beyond U+10FFFF": {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42",
			"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA\uFFFD\uFFFDB"},
		"truncated sequences":          {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "\uFFFD\uFFFD\uFFFD\uFFFDA"},
		"truncated at the end":         {"x\xF0\x9F\x98", "x\uFFFD"},
		"a lone continuation":          {"\x80", "\uFFFD"},
		"a byte order mark stays":      {"\xEF\xBB\xBFx", "\uFEFFx"},
		"the last sequences of a size": {"\xDF\xBF\xEF\xBF\xBF\xF4\x8F\xBF\xBF", "\u07FF\uFFFF\U0010FFFF"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(AppendUTF8(nil, []byte(c.bytes))); got != c.want {
				t.Errorf("UTF-8: got %+q, want %+q", got, c.want)
			}
			if got := string(utf16.Decode(AppendUTF16(nil, []byte(c.bytes)))); got != c.want {
				t.Errorf("UTF-16: got %+q, want %+q", got, c.want)
			}
		})
	}
}

func TestIsASCII(t *testing.T) {
	for text, want := range map[string]bool{"": true, "abc": true, "12345678\x7f": true, "12345678\x80": false,
		"1234567\xff": false} {
		if got := IsASCII([]byte(text)); got != want {
			t.Errorf("IsASCII(%q) = %t", text, got)
		}
	}
}
