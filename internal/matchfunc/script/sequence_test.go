package script

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheFirstMatchingRuleWins(t *testing.T) {
	type sequence struct {
		ID         string `json:"id"`
		Processors []struct {
			Ref       string   `json:"ref"`
			Methods   []string `json:"methods"`
			MatchFunc string   `json:"matchFunc"`
		} `json:"processors"`
		Expected []struct{ Msg, Outcome string } `json:"expected"`
	}
	reqs, ids := requests(t)
	for _, s := range lines[sequence](t, "testdata/sequences.jsonl") {
		for _, want := range s.Expected {
			req, got := reqs[slices.Index(ids, want.Msg)], "NOT_FOUND"
			for _, p := range s.Processors {
				if !slices.Contains(p.Methods, req.Method().String()) {
					continue
				}
				rule, err := compileText(p.MatchFunc, 5*time.Second)
				if err != nil {
					got = "refused"
					break
				}
				res, err := rule.Eval(req, nil)
				if err != nil {
					got = "throws:"
				} else if res.Truthy {
					got = "match:" + p.Ref
				}
				if got != "NOT_FOUND" {
					break
				}
			}
			if got == "refused" {
				continue // see refused.txt
			}
			if got != want.Outcome && !(got == "throws:" && strings.HasPrefix(want.Outcome, got)) {
				t.Errorf("%s %s: got %s, want %s", s.ID, want.Msg, got, want.Outcome)
			}
		}
	}
}
