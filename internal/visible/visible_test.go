package visible

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextShowsWhatATerminalWouldObey(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, ä 日本 🙂\n\ttab":  "plain text, ä 日本 🙂\n\ttab",
		"\x1b[31mred\x1b[0m":         `\u001b[31mred\u001b[0m`,
		"\x1b]0;title\a":             `\u001b]0;title\u0007`,
		"over\rwritten\b\x7f\x00":    `over\u000dwritten\u0008\u007f\u0000`,
		"C1 \u009b2J":                `C1 \u009b2J`,
		"\u202egnp.exe\u2066 \u200f": `\u202egnp.exe\u2066 \u200f`,
		"a\u2028b\u2029c\ufeff":      `a\u2028b\u2029c\ufeff`,
		"tag \U000e0041":             `tag \udb40\udc41`,
		"no UTF-8 \x9b2J \xff":       `no UTF-8 \x9b2J \xff`,
		"family 👩\u200d👧":            "family 👩\u200d👧",
		"\ufffd is itself":           "\ufffd is itself",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got, want := Line("a\nb\tc\rd"), `a\nb\tc\u000dd`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestJSONStillSaysTheSame(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if r > 0x3000 {
			r += 16 // the rest of Unicode by samples
		}
		if !utf8.ValidRune(r) {
			continue
		}
		in := "x" + string(r)
		written, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out string
		if err := json.Unmarshal([]byte(Text(string(written))), &out); err != nil || out != in {
			t.Fatalf("%U: %q, %v", r, out, err)
		}
	}
}

func TestAWriterWaitsForTheEndOfACharacter(t *testing.T) {
	const text = "ä日🙂\x1b[2J\u009b\xff."
	for size := 1; size < len(text); size++ {
		var b strings.Builder
		w := NewWriter(&b)
		for from := 0; from < len(text); from += size {
			piece := text[from:min(from+size, len(text))]
			if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
				t.Fatal(n, err)
			}
		}
		if got := b.String(); got != Text(text) {
			t.Errorf("in pieces of %d: %s", size, got)
		}
	}
	var b strings.Builder
	w := NewWriter(&b)
	if _, err := w.Write([]byte("end \xe6\x97")); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil || b.String() != `end \xe6\x97` {
		t.Errorf("%s, %v", b.String(), err)
	}
}

func TestACellIsOneColumn(t *testing.T) {
	if got := strings.Map(Cell, "a\x1b[31m\tb\x7f\u009b\u202e\u00a0c\x00"); got != "a␛[31m b␡\ufffd\ufffd c␀" {
		t.Errorf("%q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("\x1b[31m\xff\u202e\n")
	f.Add("x\x9b\U000e0001")
	f.Fuzz(func(t *testing.T, s string) {
		text := Text(s)
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return hidden(r, false) }) {
			t.Errorf("%q became %q", s, text)
		}
		if Text(text) != text {
			t.Errorf("%q: a second time it is changed", s)
		}
		if line := Line(s); strings.ContainsAny(line, "\n\r\t\v\f") {
			t.Errorf("%q became %q", s, line)
		}
	})
}
