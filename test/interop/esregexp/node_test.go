//go:build interop

// Package esregexp_test compares package esregexp with the regular
// expressions of the Node on this machine. It needs Node 20:
//
//	go test -tags interop ./test/interop/esregexp -seed 7 -cases 50000
package esregexp_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	textcases "golang.org/x/text/cases"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
)

var (
	seed  = flag.Uint64("seed", 1, "where the random patterns begin")
	cases = flag.Int("cases", 20000, "how many random patterns to compare")
)

// question is one pattern with subjects, as answer.js reads it.
type question struct {
	Pattern   []uint16   `json:"pattern"`
	Flags     string     `json:"flags"`
	Subjects  [][]uint16 `json:"subjects"`
	LastIndex int        `json:"lastIndex"`
}

// answer is what answer.js writes.
type answer struct {
	Error   string
	Results []result
	Groups  []string
}

type result struct {
	Next     int
	Caps     []int
	Unstable bool // V8's answer depends on how it stores the subject
	Replace  []uint16
	Split    [][]uint16
}

func (q question) String() string {
	return fmt.Sprintf("/%s/%s %04x at %d", string(utf16.Decode(q.Pattern)), q.Flags, q.Pattern, q.LastIndex)
}

// node asks questions of a running answer.js.
type node struct {
	in  *json.Encoder
	out *bufio.Scanner
}

func startNode(t *testing.T) *node {
	t.Helper()
	cmd := exec.Command("node", "testdata/answer.js")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	return &node{in: json.NewEncoder(in), out: lines}
}

func (n *node) ask(t *testing.T, q question) answer {
	t.Helper()
	if err := n.in.Encode(q); err != nil {
		t.Fatal(err)
	}
	if !n.out.Scan() {
		t.Fatalf("%v: no answer from node: %v", q, n.out.Err())
	}
	var a answer
	if err := json.Unmarshal(n.out.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// tally counts how the comparisons went.
type tally struct{ compared, rejected, unsupported, stopped, ambiguous, matches int }

func TestRandomPatternsAnswerLikeV8(t *testing.T) {
	v8 := startNode(t)
	g := &generator{Rand: rand.New(rand.NewPCG(*seed, 0))}
	var sum tally
	for range *cases {
		g.flags, g.depth = g.newFlags(), 0
		q := question{Flags: g.flags, Pattern: g.pattern()}
		for range 6 {
			q.Subjects = append(q.Subjects, g.subject())
		}
		if g.one(3) {
			q.LastIndex = g.IntN(6)
		}
		compare(t, v8, q, &sum)
	}
	t.Logf("%+v", sum)
	if sum.compared < *cases/3 || sum.matches < sum.compared/3 {
		t.Errorf("too few comparisons: %+v", sum)
	}
}

// TestEveryCaseVariantAnswersLikeV8 puts each cased character, as a literal,
// in a class and behind a backreference, before all that might equal it.
func TestEveryCaseVariantAnswersLikeV8(t *testing.T) {
	v8 := startNode(t)
	var sum tally
	fullFold := textcases.Fold()
	for c := rune(0x41); c < 0x1E960; c++ {
		text := string(c)
		related := []string{text, strings.ToUpper(text), strings.ToLower(text), strings.ToTitle(text),
			string(unicode.SimpleFold(c)), string(unicode.SimpleFold(unicode.SimpleFold(c)))}
		slices.Sort(related)
		if related = slices.Compact(related); len(related) == 1 {
			continue
		}
		for _, flags := range []string{"i", "iu"} {
			q := question{Flags: flags, Pattern: utf16.Encode([]rune("^" + text + "|[x" + text + "]$|^_(.+)\\1"))}
			long := fullFold.String(text)
			q.Subjects = append(q.Subjects, utf16.Encode([]rune("_"+text+long+long+text+"北")))
			for _, r := range related {
				q.Subjects = append(q.Subjects, utf16.Encode([]rune(r)), utf16.Encode([]rune(r+text)),
					utf16.Encode([]rune("_"+text+r+"北")))
			}
			compare(t, v8, q, &sum)
		}
	}
	t.Logf("%+v", sum)
	if sum.compared < 5000 || sum.stopped > 10 {
		t.Errorf("too few comparisons: %+v", sum)
	}
}

// compare asks both engines, and only where this one has an answer.
func compare(t *testing.T, v8 *node, q question, sum *tally) {
	t.Helper()
	re, err := esregexp.Compile(q.Pattern, q.Flags)
	var unsupported *esregexp.UnsupportedError
	if errors.As(err, &unsupported) {
		sum.unsupported++
		return
	}
	var got []result
	if err == nil {
		if got, err = answers(t, re, q); err != nil {
			sum.stopped++
			return
		}
	}
	want := v8.ask(t, q)
	if (err != nil) != (want.Error != "") {
		t.Errorf("%v: compiling: %v, V8 says %q", q, err, want.Error)
		return
	}
	if err != nil {
		sum.rejected++
		return
	}
	sum.compared++
	if !slices.Equal(groupNames(re), want.Groups) {
		t.Errorf("%v: groups %q, V8 has %q", q, groupNames(re), want.Groups)
	}
	for i, w := range want.Results {
		compareResult(t, q, i, w, got[i], sum)
	}
}

func compareResult(t *testing.T, q question, i int, want, got result, sum *tally) {
	t.Helper()
	if got.Caps != nil {
		sum.matches++
	}
	if want.Unstable {
		sum.ambiguous++
		if slices.Max(q.Subjects[i]) > 0xFF || !strings.Contains(q.Flags, "i") {
			t.Errorf("%v on %04x: V8 gives two answers, this package one", q, q.Subjects[i])
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v on %04x (-V8 +got):\n%s", q, q.Subjects[i], diff)
	}
}

func groupNames(re *esregexp.Regexp) []string {
	out := []string{}
	for _, g := range re.Names() {
		out = append(out, g.Name)
	}
	return out
}
