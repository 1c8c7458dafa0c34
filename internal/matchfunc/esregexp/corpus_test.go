package esregexp_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

// jsString is a JSON string read as UTF-16, unpaired surrogates included.
type jsString []uint16

func (s *jsString) UnmarshalJSON(data []byte) error {
	text := string(data[1 : len(data)-1])
	*s = jsString{}
	for plain := 0; ; {
		escape := plain < len(text) && text[plain] == '\\'
		switch {
		case escape && text[plain+1] != 'u':
			plain += 2
			continue
		case plain < len(text) && !escape:
			plain++
			continue
		}
		var part string
		if err := json.Unmarshal([]byte(`"`+text[:plain]+`"`), &part); err != nil {
			return err
		}
		*s = append(*s, utf16.Encode([]rune(part))...)
		if !escape {
			return nil
		}
		v, err := strconv.ParseUint(text[plain+2:plain+6], 16, 16)
		if err != nil {
			return err
		}
		*s, text, plain = append(*s, uint16(v)), text[plain+6:], 0
	}
}

func (s jsString) String() string { return fmt.Sprintf("%q", string(utf16.Decode(s))) }

// corpusCase is a pattern with what V8 answered on each of the subjects.
type corpusCase struct {
	Pattern jsString            `json:"p"`
	Flags   string              `json:"f"`
	Compile string              `json:"compile"`
	Res     [][]json.RawMessage `json:"res"` // exec, replace, split, named groups
}

func readCorpus(t *testing.T) (subjects []jsString, cases []corpusCase) {
	t.Helper()
	f, err := os.Open("testdata/regex_cases.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	var head struct{ Subjects []jsString }
	for lines.Scan() {
		if head.Subjects == nil {
			decode(t, lines.Bytes(), &head)
			continue
		}
		var c corpusCase
		decode(t, lines.Bytes(), &c)
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return head.Subjects, cases
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func TestCorpusAnswersLikeV8(t *testing.T) {
	subjects, cases := readCorpus(t)
	if len(cases) != 740 {
		t.Fatalf("read %d cases, want 740", len(cases))
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %s", c.Pattern, c.Flags), func(t *testing.T) {
			re, err := esregexp.Compile(c.Pattern, c.Flags)
			if c.Compile != "" {
				var syntax *esregexp.SyntaxError
				if !errors.As(err, &syntax) {
					t.Fatalf("compiling: %v, V8 says %s", err, c.Compile)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.Res {
				checkCase(t, re, subjects[i], want)
			}
		})
	}
}

func checkCase(t *testing.T, re *esregexp.Regexp, subject jsString, want []json.RawMessage) {
	t.Helper()
	r := script{t: t, re: re, subject: subject}
	check(t, "exec", subject, want[0], r.exec())
	check(t, "replace", subject, want[1], r.replace())
	check(t, "split", subject, want[2], r.split())
	check(t, "groups", subject, want[3], r.groups())
}

// check compares got with the JSON of V8's answer.
func check(t *testing.T, what string, subject jsString, want json.RawMessage, got any) {
	t.Helper()
	if diff := cmp.Diff(plain(t, want), got); diff != "" {
		t.Errorf("%s on %s (-V8 +got):\n%s", what, subject, diff)
	}
}

// plain decodes JSON of arrays, strings, numbers and null.
func plain(t *testing.T, data json.RawMessage) any {
	t.Helper()
	switch data[0] {
	case '[':
		var list []json.RawMessage
		decode(t, data, &list)
		out := []any{}
		for _, e := range list {
			out = append(out, plain(t, e))
		}
		return out
	case '"':
		var s jsString
		decode(t, data, &s)
		return s
	case 'n':
		return nil
	}
	var n int
	decode(t, data, &n)
	return n
}
