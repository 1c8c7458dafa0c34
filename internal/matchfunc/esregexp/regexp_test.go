package esregexp_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

func TestCompileRejectsWhatV8Rejects(t *testing.T) {
	for _, tt := range []struct {
		pattern, flags string
		want           esregexp.SyntaxError
	}{
		{`a`, "uv", esregexp.SyntaxError{Offset: -1, Msg: "Invalid flags supplied to RegExp constructor"}},
		{`a`, "gg", esregexp.SyntaxError{Offset: -1, Msg: "Invalid flags supplied to RegExp constructor"}},
		{`a`, "x", esregexp.SyntaxError{Offset: -1, Msg: "Invalid flags supplied to RegExp constructor"}},
		{`(`, "", esregexp.SyntaxError{Offset: 1, Msg: "Unterminated group"}},
		{`a)`, "", esregexp.SyntaxError{Offset: 1, Msg: "Unmatched ')'"}},
		{`a**`, "", esregexp.SyntaxError{Offset: 2, Msg: "Nothing to repeat"}},
		{`ab{2}{3}`, "", esregexp.SyntaxError{Offset: 5, Msg: "Nothing to repeat"}},
		{`a{2,1}`, "", esregexp.SyntaxError{Offset: 6, Msg: "numbers out of order in {} quantifier"}},
		{`(?<=a)*`, "", esregexp.SyntaxError{Offset: 7, Msg: "Invalid quantifier"}},
		{`(?=a)*`, "u", esregexp.SyntaxError{Offset: 6, Msg: "Invalid quantifier"}},
		{`a{`, "u", esregexp.SyntaxError{Offset: 1, Msg: "Incomplete quantifier"}},
		{`}`, "u", esregexp.SyntaxError{Offset: 0, Msg: "Lone quantifier brackets"}},
		{`(?i:a)`, "", esregexp.SyntaxError{Offset: 2, Msg: "Invalid group"}},
		{`(?<a>.)|(?<a>.)`, "", esregexp.SyntaxError{Offset: 13, Msg: "Duplicate capture group name"}},
		{`(?<1>a)`, "", esregexp.SyntaxError{Offset: 4, Msg: "Invalid capture group name"}},
		{`\k<b>(?<a>)`, "", esregexp.SyntaxError{Offset: 2, Msg: "Invalid named capture referenced"}},
		{`(?<a>)\k`, "", esregexp.SyntaxError{Offset: 8, Msg: "Invalid named reference"}},
		{`(?<a>)[\k]`, "", esregexp.SyntaxError{Offset: 8, Msg: "Invalid escape"}},
		{`\`, "", esregexp.SyntaxError{Offset: 1, Msg: `\ at end of pattern`}},
		{`\-`, "u", esregexp.SyntaxError{Offset: 1, Msg: "Invalid escape"}},
		{`\1`, "u", esregexp.SyntaxError{Offset: 1, Msg: "Invalid escape"}},
		{`\00`, "u", esregexp.SyntaxError{Offset: 1, Msg: "Invalid decimal escape"}},
		{`\u{110000}`, "u", esregexp.SyntaxError{Offset: 8, Msg: "Invalid Unicode escape"}},
		{`\p{lu}`, "u", esregexp.SyntaxError{Offset: 6, Msg: "Invalid property name"}},
		{`[b-a]`, "", esregexp.SyntaxError{Offset: 4, Msg: "Range out of order in character class"}},
		{`[\d-z]`, "u", esregexp.SyntaxError{Offset: 5, Msg: "Invalid character class"}},
		{`[a`, "", esregexp.SyntaxError{Offset: 2, Msg: "Unterminated character class"}},
		{`[a-z--b]`, "v", esregexp.SyntaxError{Offset: 4, Msg: "Invalid set operation in character class"}},
		{`[(]`, "v", esregexp.SyntaxError{Offset: 1, Msg: "Invalid character in character class"}},
		{`[^\q{ab}]`, "v", esregexp.SyntaxError{Offset: 9, Msg: "Negated character class may contain strings"}},
	} {
		t.Run(tt.pattern+" "+tt.flags, func(t *testing.T) {
			_, err := esregexp.CompileString(tt.pattern, tt.flags)
			var got *esregexp.SyntaxError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want %v", err, &tt.want)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompileRefusesWhatItCannotAnswer(t *testing.T) {
	for _, tt := range []struct{ name, pattern, flags, want string }{
		{"nesting", strings.Repeat("(?:", 1e5) + strings.Repeat(")", 1e5), "", "too long"},
		{"nesting within the length", strings.Repeat("(?:", 5000) + strings.Repeat(")", 5000), "", "nested too deeply"},
		{"nested classes", strings.Repeat("[", 5000), "v", "nested too deeply"},
		{"groups", strings.Repeat("()", 1001), "", "too many capturing groups"},
		{"classes", strings.Repeat(`\p{L}`, 6000), "u", "too large"},
		{"property of strings", `\p{RGI_Emoji}`, "v", "property of strings"},
		{"negated class that folds", `[^a]`, "vi", "a negated class with flags v and i"},
		{"negated property that folds", `\P{Lu}`, "vi", `\P{...} with flags v and i`},
		{"subtraction that folds", `[\w--a]`, "vi", "a set operation with flags v and i"},
		{"strings that fold", `[\q{ss}]`, "vi", `\q{...} with flags v and i`},
		{"global with a group not yet matched", `\1{3,}|a(.\d*)`, "g", "may not have taken part"},
		{"global with another alternative's group", `(?:(a+)|b)\1`, "g", "may not have taken part"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := esregexp.CompileString(tt.pattern, tt.flags)
			var got *esregexp.UnsupportedError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an UnsupportedError", err)
			}
			if !strings.Contains(got.Error(), tt.want) {
				t.Errorf("got %q, want it to say %q", got, tt.want)
			}
		})
	}
}

func TestMatchFollowsECMAScript(t *testing.T) {
	for _, tt := range []struct {
		name, pattern, flags, subject string
		want                          []int // nil for no match
	}{
		{"groups are unset in each iteration", `(z)((a+)?(b+)?(c))*`, "", "zaacbbbcac",
			[]int{0, 10, 0, 1, 8, 10, 8, 9, -1, -1, 9, 10}},
		{"an empty iteration is no iteration", `(a*)*`, "", "b", []int{0, 0, -1, -1}},
		{"a required iteration may be empty", `(a*){2}`, "", "b", []int{0, 0, 0, 0}},
		{"the first alternative wins", `(a|ab)(c|bcd)(d*)`, "", "abcd", []int{0, 4, 0, 1, 1, 4, 4, 4}},
		{"lookbehind reads backwards", `(?<=(\d+)(\d+))$`, "", "1053", []int{4, 4, 0, 1, 1, 4}},
		{"a backreference in a lookbehind", `(?<=\1(a))b`, "", "aab", []int{2, 3, 1, 2}},
		{"lookahead doesn't backtrack", `(?=(a+))a*b\1`, "", "baaabac", []int{3, 6, 3, 4}},
		{"negative lookahead captures nothing", `(.*?)a(?!(a+)b\2c)\2(.*)`, "", "baaabaac",
			[]int{0, 8, 0, 2, -1, -1, 3, 8}},
		{"a group inside itself is empty", `(a\1)`, "", "aa", []int{0, 1, 0, 1}},
		{"a group still to come is empty", `\1(a)`, "", "aa", []int{0, 1, 0, 1}},
		{"multi-line anchors know CRLF", `^a=sendrecv$`, "m", "v=0\r\na=sendrecv\r\n", []int{5, 15}},
		{"single-line anchors know no lines", `^a$`, "", "a\n", nil},
		{"a dot is no line end", `a.b`, "", "a\u2028b", nil},
		{"a dot is any unit with s", `a.b`, "s", "a\u2028b", []int{0, 3}},
		{"a dot is half a pair without u", `^.$`, "", "😀", nil},
		{"a dot is a whole pair with u", `^.$`, "u", "😀", []int{0, 2}},
		{"half a pair has no match with u", `\ud83d`, "u", "😀", nil},
		{"half a pair matches without u", `\ud83d`, "", "😀", []int{0, 1}},
		{"a word holds long s with iu", `\w`, "iu", "ſ", []int{0, 1}},
		{"a word holds no long s with i", `\w`, "i", "ſ", nil},
		{"the Kelvin sign is a k with iu", `k`, "iu", "\u212A", []int{0, 1}},
		{"the Kelvin sign is no k with i", `k`, "i", "\u212A", nil},
		{"eszett is no ss", `ß`, "i", "SS", nil},
		{"capital eszett folds with iu", `ß`, "iu", "ẞ", []int{0, 1}},
		{"a possessive loop still counts", `a{2,3}b`, "", "aaab", []int{0, 4}},
		{"a possessive loop before the end", `a*$`, "", "baa", []int{1, 3}},
		{"a loop gives back", `a*ab`, "", "aaab", []int{0, 4}},
		{"a loop gives back whole pairs", `.*😀$`, "u", "😀😀", []int{0, 4}},
		{"lazy counted loop", `a{1,3}?b`, "", "aaab", []int{0, 4}},
		{"counted group", `(?:ab){2,3}`, "", "abababab", []int{0, 6}},
		{"braces that are none", `a{,2}`, "", "a{,2}", []int{0, 5}},
		{"octal escape", `\101\0`, "", "A\x00", []int{0, 2}},
		{"identity escape", `\a\-\8`, "", "a-8", []int{0, 3}},
		{"control escape", `\cJ[\c_]`, "", "\n\x1f", []int{0, 2}},
		{"no control escape", `\c`, "", `\c`, []int{0, 2}},
		{"script", `^\p{Script=Han}+$`, "u", "北京", []int{0, 2}},
		{"set subtraction", `^[\w--[aeiou]]+$`, "v", "rhythm", []int{0, 6}},
		{"longest string of a set first", `[\q{a|abc|ab}]`, "v", "abc", []int{0, 3}},
		{"huge counts", `(?:(?:a{0,1000}){0,1000}){0,1000}b`, "", "aab", []int{0, 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			re := mustCompile(t, tt.pattern, tt.flags)
			caps := make([]int, 2*(re.NumCaptures()+1))
			ok, err := re.Match(esregexp.Text(tt.subject), 0, caps, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				caps = nil
			}
			if diff := cmp.Diff(tt.want, caps); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExecMovesLastIndex(t *testing.T) {
	pair := esregexp.Text("😀")
	for _, tt := range []struct {
		name, pattern, flags string
		subject              esregexp.Subject
		lastIndex, next      int
		ok                   bool
	}{
		{"without g it stays", "a", "", esregexp.Text("aaa"), 2, 2, true},
		{"without g it doesn't matter", "a", "", esregexp.Text("aaa"), 9, 9, true},
		{"with g it goes to the end of the match", "a", "g", esregexp.Text("baa"), 0, 2, true},
		{"with g it goes to 0 on failure", "a", "g", esregexp.Text("aab"), 2, 0, false},
		{"past the end it fails", "", "g", esregexp.Text("aab"), 4, 0, false},
		{"sticky matches there only", "a", "y", esregexp.Text("ba"), 0, 0, false},
		{"sticky matches there", "a", "y", esregexp.Text("ba"), 1, 2, true},
		{"sticky anchor", "^a", "y", esregexp.Text("aa"), 1, 0, false},
		{"inside a pair it steps back", ".", "gu", pair, 1, 2, true},
		{"inside a pair an assertion matches", "(?!^)", "yu", pair, 1, 1, true},
		{"inside a pair the start is near", "^", "gu", pair, 1, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			next, ok, err := mustCompile(t, tt.pattern, tt.flags).Exec(tt.subject, tt.lastIndex, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if next != tt.next || ok != tt.ok {
				t.Errorf("got %d, %v, want %d, %v", next, ok, tt.next, tt.ok)
			}
		})
	}
}

func TestAdvanceStepsOverPairsInUnicodeMode(t *testing.T) {
	s := esregexp.UTF16([]uint16{0xD83D, 0xDE00, 0xD83D})
	var got []int
	for _, flags := range []string{"", "u", "v"} {
		re := mustCompile(t, "a", flags)
		got = append(got, re.Advance(s, 0), re.Advance(s, 1), re.Advance(s, 2), re.Advance(s, 3))
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4, 2, 2, 3, 4, 2, 2, 3, 4}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSplitHonoursItsLimit(t *testing.T) {
	re := mustCompile(t, "(,)", "")
	for limit, want := range map[uint32][][2]int{
		0: {},
		1: {{0, 1}},
		2: {{0, 1}, {1, 2}},
		9: {{0, 1}, {1, 2}, {2, 3}},
	} {
		got, err := re.Split(esregexp.ASCII("a,b"), limit, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, diff)
		}
	}
}

func TestRegexpDescribesItself(t *testing.T) {
	re := mustCompile(t, `(?<year>\d{4})-(\d\d)-(?<$day>\d\d)`, "yig")
	want := []esregexp.Group{{Name: "year", Index: 1}, {Name: "$day", Index: 3}}
	if diff := cmp.Diff(want, re.Names()); diff != "" {
		t.Error(diff)
	}
	if re.NumCaptures() != 3 || re.Flags() != "giy" {
		t.Errorf("got %d groups and flags %q", re.NumCaptures(), re.Flags())
	}
}

func TestRegexpServesManyGoroutines(t *testing.T) {
	re := mustCompile(t, `^(a+)(b*)\1$`, "i")
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			subject := strings.Repeat("A", n+1) + "b" + strings.Repeat("a", n+1)
			for range 200 {
				caps := make([]int, 6)
				if ok, err := re.Match(esregexp.ASCII(subject), 0, caps, nil); !ok || err != nil || caps[3] != n+1 {
					t.Errorf("%q: %v, %v, %v", subject, ok, err, caps)
				}
			}
		})
	}
	wg.Wait()
}

func TestEqualAnswersForEveryKindOfSubject(t *testing.T) {
	_, cases := readCorpus(t)
	subjects := []string{"", "a", "aab", "zaacbbbcac", "sip:alice@sip.local;transport=udp", "a\r\nb", "123-123", sdp}
	for _, c := range cases {
		if c.Compile != "" {
			continue
		}
		re, err := esregexp.Compile(c.Pattern, c.Flags)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range subjects {
			narrow, wide := make([]int, 20), make([]int, 20)
			_, err1 := re.Match(esregexp.ASCII(s), 0, narrow, nil)
			_, err2 := re.Match(esregexp.UTF16(utf16.Encode([]rune(s))), 0, wide, nil)
			if diff := cmp.Diff(wide, narrow); diff != "" || err1 != nil || err2 != nil {
				t.Errorf("%v %s on %q: %v, %v (-UTF-16 +ASCII):\n%s", c.Pattern, c.Flags, s, err1, err2, diff)
			}
		}
	}
}
