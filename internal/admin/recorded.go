package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// recordedOf says which recorded messages something is tried on: the last ones whose decisions a filter takes.
type recordedOf struct {
	Last   *int     `json:"last"`
	Filter filterOf `json:"filter"`
	Scope  string   `json:"scope"` // fleet: of all replicas
}

// filterOf is a filter in a body: of each term one text, or a list of texts.
type filterOf map[string]json.RawMessage

// terms returns the filter's terms, which have this path in the body.
func (f filterOf) terms(path string) (map[string][]string, error) {
	terms := make(map[string][]string, len(f))
	for name, text := range f {
		var one *string
		var many []string
		switch {
		case json.Unmarshal(text, &one) == nil && one != nil:
			many = []string{*one}
		case json.Unmarshal(text, &many) != nil || many == nil:
			return nil, badMember(path+"."+name, "it is a text, or a list of texts")
		}
		terms[name] = many
	}
	return terms, nil
}

// kept returns the messages, the newest first, and no more than most.
func (d *door) kept(of recordedOf, most int) ([]decision.Kept, error) {
	last := min(defaultLast, most)
	if of.Last != nil {
		if last = *of.Last; last < 1 || last > most {
			return nil, badMember("recorded.last", fmt.Sprintf("it is a number from 1 to %d", most))
		}
	}
	terms, err := of.Filter.terms("recorded.filter")
	if err != nil {
		return nil, err
	}
	for name := range terms {
		if !slices.Contains(decision.Terms(), name) {
			return nil, badMember("recorded.filter."+name, "there are "+strings.Join(decision.Terms(), ", "))
		}
	}
	f, err := decision.NewFilter(terms)
	var wrong *decision.FilterError
	if errors.As(err, &wrong) {
		return nil, badMember("recorded.filter."+wrong.Name, wrong.Reason)
	}
	return d.opts.Decisions.Kept(last, f), err
}
