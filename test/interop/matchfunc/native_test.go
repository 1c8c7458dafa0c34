//go:build interop

// Package matchfunc compares rules with Node's V8: those that are compiled natively, and those that aren't.
package matchfunc

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/native"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/test/rulegen"
)

var (
	seed  = flag.Uint64("seed", 1, "of the rules to generate")
	count = flag.Int("rules", 5000, "how many native rules to generate")
)

// requests reads the corpus of messages, but for those whose view JSON can't express: NaN and the infinities.
func requests(t *testing.T) (all []*message.Request) {
	t.Helper()
	data, err := os.ReadFile("../../../internal/message/testdata/messages.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var m struct{ Protobuf string }
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		wire, err := base64.StdEncoding.DecodeString(m.Protobuf)
		if err != nil {
			t.Fatal(err)
		}
		r, err := message.Parse(wire)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(r.AppendJSON(nil), []byte(`"qValue":null`)) {
			all = append(all, r)
		}
	}
	return all
}

// generate makes rules until count of them are native.
func generate(t *testing.T) (sources []string, programs []*native.Program) {
	t.Helper()
	made := 0
	reasons := map[string]int{}
	for g := rulegen.New(*seed); len(sources) < *count; made++ {
		rule := g.Rule()
		switch made % 4 {
		case 0:
			rule = g.Routing()
		case 1:
			rule = g.Arrays()
		}
		src, err := source.Parse(rule)
		if err != nil {
			continue
		}
		p, outside := native.Compile(src)
		if outside != nil {
			reasons[outside.Reason]++
			continue
		}
		sources, programs = append(sources, rule), append(programs, p)
	}
	t.Logf("%d of %d generated rules are native", len(sources), made)
	if testing.Verbose() {
		t.Logf("the others: %v", reasons)
	}
	return sources, programs
}

// evaluate has Node evaluate every source on every request.
func evaluate(t *testing.T, all []*message.Request, sources []string) []string {
	t.Helper()
	var in bytes.Buffer
	for i, r := range all {
		in.WriteByte("[,"[min(i, 1)])
		in.Write(r.AppendJSON(nil))
	}
	in.WriteString("]\n")
	for _, s := range sources {
		line, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), "node", "--stack-size=4000", "testdata/evaluate.js")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		answers = append(answers, lines.Text())
	}
	if len(answers) != len(sources) {
		t.Fatalf("node answered for %d of %d rules", len(answers), len(sources))
	}
	return answers
}

func outcome(matched bool, err error) byte {
	var thrown *native.Thrown
	switch {
	case errors.As(err, &thrown):
		return map[string]byte{"TypeError": 't', "RangeError": 'r', "ReferenceError": 'e'}[thrown.Name]
	case err != nil:
		return '!'
	case matched:
		return 'T'
	}
	return 'F'
}

func TestNativeRulesAnswerAsV8Does(t *testing.T) {
	all := requests(t)
	sources, programs := generate(t)
	answers := evaluate(t, all, sources)
	shown := 0
	var letters strings.Builder
	for i, p := range programs {
		for j, r := range all {
			matched, err := p.Match(r, nil)
			got := outcome(matched, err)
			letters.WriteByte(got)
			want := byte('L')
			if j < len(answers[i]) {
				want = answers[i][j]
			}
			if got != want {
				if shown++; shown <= 20 {
					t.Errorf("%s\non %s\nnative: %c (%v), V8: %c", sources[i], r.AppendJSON(nil), got, err, want)
				}
				break
			}
		}
	}
	counts := letters.String()
	t.Logf("%d evaluations: %d truthy, %d falsy, %d thrown; %d rules differ", len(counts),
		strings.Count(counts, "T"), strings.Count(counts, "F"), strings.Count(counts, "t"), shown)
}

// TestArrayMethodsAnswerAsV8Does holds every method of arrays against V8, whatever engine a rule runs in, with
// callbacks that throw on some elements.
func TestArrayMethodsAnswerAsV8Does(t *testing.T) {
	all := requests(t)[:12]
	var sources []string
	var rules []*matchfunc.Func
	for g := rulegen.New(*seed); len(sources) < *count/2; {
		rule := g.Arrays()
		f, err := matchfunc.Compile(rule, matchfunc.Options{Timeout: time.Second})
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		sources, rules = append(sources, rule), append(rules, f)
	}
	inEngine, differ := 0, 0
	for i, want := range evaluate(t, all, sources) {
		if native, _, _ := rules[i].Native(); !native {
			inEngine++
		}
		got := make([]byte, len(all))
		for j, r := range all {
			got[j] = said(rules[i].Match(r))
		}
		if string(got) != want {
			if differ++; differ <= 20 {
				t.Errorf("%s\nours: %s\nV8:   %s", sources[i], got, want)
			}
		}
	}
	t.Logf("%d rules, %d of them in the engine; %d differ", len(sources), inEngine, differ)
}

func said(matched bool, err error) byte {
	var failed *matchfunc.EvalError
	switch {
	case errors.As(err, &failed):
		return map[string]byte{"TypeError": 't', "RangeError": 'r', "ReferenceError": 'e'}[failed.Name]
	case matched:
		return 'T'
	}
	return 'F'
}
