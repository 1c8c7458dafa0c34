package script

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// corpusTimeout keeps a busy machine from failing rules that end.
const corpusTimeout = 5 * time.Second

func lines[T any](t testing.TB, path string) (out []T) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(path, err)
		}
		out = append(out, v)
	}
	return out
}

type recorded struct {
	ID       string `json:"id"`
	Protobuf string `json:"protobuf"`
}

func requests(t testing.TB) (list []*message.Request, ids []string) {
	t.Helper()
	for _, m := range lines[recorded](t, "../../message/testdata/messages.jsonl") {
		data, err := base64.StdEncoding.DecodeString(m.Protobuf)
		if err != nil {
			t.Fatal(err)
		}
		r, err := message.Parse(data)
		if err != nil {
			t.Fatal(m.ID, err)
		}
		list, ids = append(list, r), append(ids, m.ID)
	}
	return list, ids
}

type rule struct {
	ID       string `json:"id"`
	Category string `json:"category"`
	Source   string `json:"source"`
	Outcomes string `json:"outcomes"`
}

func compileText(text string, timeout time.Duration) (*Program, error) {
	src, err := source.Parse(text)
	if err != nil {
		return nil, err
	}
	return Compile(src, Options{Timeout: timeout})
}

// letter is an outcome in the corpus's words.
func letter(res Result, err error) string {
	var e *EvalError
	switch {
	case err == nil && res.Truthy:
		return "T"
	case err == nil:
		return "F"
	case !errors.As(err, &e) || e.Kind != Thrown && e.Kind != Depth:
		return "?"
	}
	if l, ok := letters[e.Name]; ok {
		return l
	}
	return "o"
}

var letters = map[string]string{"TypeError": "t", "RangeError": "r", "SyntaxError": "s", "ReferenceError": "e",
	"URIError": "u"}

// neverRefused are the categories of rules that people write.
var neverRefused = map[string]bool{
	"wild": true, "method": true, "domain": true, "user": true, "header": true, "response": true, "metadata": true,
	"logic":    true,
	"optional": true, "nullish": true,
}

// merged is the message with a repeated singular message, which Node replaces and the protobuf specification merges.
const merged = "m083"

func TestRulesAnswerAsV8Does(t *testing.T) {
	reqs, ids := requests(t)
	var refused strings.Builder
	for _, r := range lines[rule](t, "testdata/rules.jsonl") {
		p, err := compileText(r.Source, corpusTimeout)
		if err != nil {
			var e *source.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			if r.Category == "notfunction" && e.Kind == source.NotFunction {
				continue
			}
			if neverRefused[r.Category] && e.Category != "free name" {
				t.Errorf("%s %s is refused: %v", r.ID, r.Category, err)
			}
			fmt.Fprintf(&refused, "%s %s: %s\n", r.ID, r.Category, e.Message)
			continue
		}
		for i, req := range reqs {
			res, err := p.Eval(req, nil)
			matched, matchErr := p.Match(req, nil)
			if a, b := letter(res, err), letter(Result{Truthy: matched}, matchErr); a != b {
				t.Errorf("%s %s: Eval says %s, Match says %s\n\t%s", r.ID, ids[i], a, b, r.Source)
			}
			if ids[i] == merged {
				continue
			}
			if got := letter(res, err); got != r.Outcomes[i:i+1] {
				t.Errorf("%s %s: got %s, V8 says %s (%v)\n%s", r.ID, ids[i], got, r.Outcomes[i:i+1], err, r.Source)
			}
		}
	}
	golden(t, "testdata/refused.txt", refused.String())
	documented(t, refused.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s differs (UPDATE=1 writes it): %v\n%s", path, err, got)
	}
}

func TestLoadingRefusesWhatV8Refuses(t *testing.T) {
	type load struct {
		ID     string `json:"id"`
		Source string `json:"source"`
		YAML   string `json:"yaml"`
		Load   string `json:"load"`
	}
	for _, l := range lines[load](t, "testdata/load_errors.jsonl") {
		if l.YAML != "" {
			continue // package config reads those
		}
		_, err := compileText(l.Source, corpusTimeout)
		var e *source.Error
		refused := errors.As(err, &e) && e.Kind == source.Refused
		if loads := l.Load == "function"; loads == (err != nil) && !(loads && refused) {
			t.Errorf("%s %q: V8 says %s, got %v", l.ID, l.Source, l.Load, err)
		}
	}
}

// documented holds the page for users against the rules that are refused.
func documented(t *testing.T, refused string) {
	t.Helper()
	page, err := os.ReadFile("../../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(refused) {
		place, reason, _ := strings.Cut(strings.TrimSpace(line), ": ")
		id, category, _ := strings.Cut(place, " ")
		if !strings.Contains(string(page), "| "+id+" | "+category+" |") ||
			!strings.Contains(string(page), "| "+reason+" |") {
			t.Errorf("docs/rules.md doesn't list %s", line)
		}
	}
	if want := fmt.Sprintf("These %d of its", strings.Count(refused, "\n")); !strings.Contains(string(page), want) {
		t.Errorf("docs/rules.md doesn't say %q", want)
	}
}
