package browser

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// realistic are the categories of the corpus whose rules look at what a SIP network has.
var realistic = []string{
	"composite", "domain", "header", "ip", "metadata", "method", "optional", "regex_sip", "response", "user", "wild",
}

// corpusRule is a rule of the corpus. Its id is its ref here.
type corpusRule struct{ ID, Category, Source string }

// realisticRules are the rules of the realistic categories.
func realisticRules(t *testing.T) (all []corpusRule) {
	t.Helper()
	file, err := os.Open("../../internal/matchfunc/script/testdata/rules.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r corpusRule
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(realistic, r.Category) {
			all = append(all, r)
		}
	}
	if err := lines.Err(); err != nil || len(all) < 100 {
		t.Fatalf("%d rules: %v", len(all), err)
	}
	return all
}

// tableOf is a configuration with these rules, each for all methods. It is JSON, so that any source can stand in it.
func tableOf(t *testing.T, rules []corpusRule) string {
	t.Helper()
	var processors []any
	for _, r := range rules {
		processors = append(processors, map[string]any{
			"ref": r.ID, "addr": "127.0.0.1:1", "matchFunc": r.Source,
			"methods": strings.Fields("REGISTER MESSAGE INVITE ACK BYE CANCEL OPTIONS SUBSCRIBE NOTIFY REFER PUBLISH " +
				"INFO PRACK UPDATE"),
		})
	}
	text, err := json.Marshal(map[string]any{
		"kind": "MessageDispatcher", "apiVersion": "v2beta1", "ref": "corpus",
		"spec": map[string]any{"bindAddr": "127.0.0.1:0", "processors": processors},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// verdictOf is a rule's answer to a message: match, no-match or error.
type verdictOf struct{ Ref, Outcome string }

// TestVerdictsOfThePageAreThoseOfTheAPIAndTheCommand asks in the Playground what each realistic rule of the corpus says
// to each sample, and holds it against the API's answer, and against dispatcher test, which runs each rule by itself.
//
// Mutations that this catches: a rule behind the winner that is shown as one that wasn't asked; the answer about the
// message before; an error that is shown as no match.
func TestVerdictsOfThePageAreThoseOfTheAPIAndTheCommand(t *testing.T) {
	const shown = 40 // rules up to which the Playground shows each
	for rules := range slices.Chunk(realisticRules(t), shown) {
		d := serve(t, tableOf(t, rules))
		samples := d.samples(t, "")
		tests := map[string]*bytes.Buffer{} // by rule
		p := open(t, d.url("/play?sample="+samples[len(samples)-1].Name), 1280, 900)
		p.shows("It goes to")
		for _, s := range samples {
			asked := len(p.calls("/api/v1/route/explain"))
			p.goTo("/play?sample=" + s.Name)
			p.until("an answer about "+s.Name, func() bool { return len(p.calls("/api/v1/route/explain")) > asked })
			want := d.verdicts(t, s.JSON)
			var page []verdictOf
			p.until("what the API says to "+s.Name, func() bool {
				page = p.verdicts()
				return slices.Equal(page, want)
			})
			for _, v := range page {
				if tests[v.Ref] == nil {
					tests[v.Ref] = bytes.NewBufferString("tests:\n")
				}
				fmt.Fprintf(tests[v.Ref], "  - {name: %q, message: {protobuf: %q}, expect: {rules: {%s: %s}}}\n",
					s.Name, base64.StdEncoding.EncodeToString(s.Protobuf), v.Ref, v.Outcome)
			}
		}
		p.clean()
		for _, r := range rules {
			commandAgrees(t, tableOf(t, []corpusRule{r}), tests[r.ID].String())
		}
	}
}

// verdicts is what the API says of all rules to a sample.
func (d *dispatcher) verdicts(t *testing.T, sample json.RawMessage) []verdictOf {
	t.Helper()
	body := `{"message":{"json":` + string(sample) + `},"evaluateAll":true}`
	var answer struct{ Rules []verdictOf }
	d.post(t, "/api/v1/route/explain", []byte(body), &answer)
	return answer.Rules
}

// verdicts are the rows of the Playground's table of rules.
func (p *page) verdicts() []verdictOf {
	p.t.Helper()
	return eval[[]verdictOf](p, `[...document.querySelectorAll("section[aria-label='All rules on this message'] tr")]
		.map(r => ({Ref: r.cells[1].querySelector("bdi").textContent,
			Outcome: [...r.cells[2].querySelector(".mark").classList].find(c => c !== "mark")}))`)
}

// commandAgrees runs dispatcher test with one rule and what the page said of it.
func commandAgrees(t *testing.T, config, tests string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"page.test.yaml": tests, "dispatcher.json": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), binary, "test", "page.test.yaml", "--config", "dispatcher.json")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("dispatcher test: %v\n%.3000s", err, out)
	}
}
