package native

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// rule is a rule of the corpus, with the outcome that V8 has for it on every message.
type rule struct{ ID, Category, Source, Outcomes string }

// sample is a message of the corpus.
type sample struct {
	ID, View, Protobuf string
	wire               []byte
}

func readLines[T any](t testing.TB, name string) (all []T) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("read %d lines of %s: %v", len(all), name, err)
	}
	return all
}

func samples(t testing.TB) []sample {
	t.Helper()
	all := readLines[sample](t, "../../message/testdata/messages.jsonl")
	for i := range all {
		var err error
		if all[i].wire, err = base64.StdEncoding.DecodeString(all[i].Protobuf); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func rules(t testing.TB) []rule {
	t.Helper()
	return readLines[rule](t, "../script/testdata/rules.jsonl")
}

func parse(t testing.TB, wire []byte) *message.Request {
	t.Helper()
	r, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// outcome is the letter that the corpus has for what Match returned.
func outcome(matched bool, err error) byte {
	var thrown *Thrown
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

// merged is the message in which Node replaces a repeated singular message, where the specification merges it.
const merged = "m083"

func TestEveryNativeRuleHasV8sOutcomes(t *testing.T) {
	messages := samples(t)
	total := map[string]int{}
	taken := map[string]int{}
	for _, rule := range rules(t) {
		total[rule.Category]++
		src, err := source.Parse(rule.Source)
		if err != nil {
			continue
		}
		p, outside := Compile(src)
		if outside != nil {
			t.Logf("%s %s: %v", rule.ID, rule.Source, outside)
			continue
		}
		taken[rule.Category]++
		t.Run(rule.ID, func(t *testing.T) {
			for i, m := range messages {
				if m.ID == merged {
					continue
				}
				matched, err := p.Match(parse(t, m.wire), nil)
				if got := outcome(matched, err); got != rule.Outcomes[i] {
					t.Errorf("%s\non %s: %c (%v), V8: %c", rule.Source, m.ID, got, err, rule.Outcomes[i])
				}
			}
		})
	}
	all, sum := 0, 0
	for category, n := range total {
		t.Logf("%-14s %3d of %3d", category, taken[category], n)
		all, sum = all+n, sum+taken[category]
	}
	t.Logf("%d of %d rules are native", sum, all)
}
