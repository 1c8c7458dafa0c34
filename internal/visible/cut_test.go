package visible

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextsAreCutAtACharacter(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc… (1 bytes more)"},
		{"aé", 2, "a… (2 bytes more)"},
		{"é", 1, "… (2 bytes more)"},
		{"😀😀", 7, "😀… (4 bytes more)"},
		{"\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80… (1 bytes more)"},
		{"x", 0, "… (1 bytes more)"},
	} {
		if got := Cut(c.text, c.most); got != c.want {
			t.Errorf("%q at %d: %q", c.text, c.most, got)
		}
		if got := Cut([]byte(c.text), c.most); got != c.want {
			t.Errorf("bytes %q at %d: %q", c.text, c.most, got)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("é\xff😀", 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = max(0, most%64)
		start := Start(text, most)
		if len(start) > most || !strings.HasPrefix(text, start) || utf8.ValidString(text) && !utf8.ValidString(start) {
			t.Errorf("%q at %d: %q", text, most, start)
		}
	})
}
