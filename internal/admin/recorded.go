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
	Last   *int              `json:"last"`
	Filter map[string]values `json:"filter"`
}

// values are one text or several.
type values []string

// UnmarshalJSON reads either.
func (v *values) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*v = values{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(text, &many); err != nil {
		return err
	}
	*v = many
	return nil
}

// kept returns the messages, the newest first, and no more than most.
func (d *door) kept(of recordedOf, most int) ([]decision.Kept, error) {
	last := min(defaultLast, most)
	if of.Last != nil {
		if last = *of.Last; last < 1 || last > most {
			return nil, badMember("recorded.last", fmt.Sprintf("it is a number from 1 to %d", most))
		}
	}
	terms := make(map[string][]string, len(of.Filter))
	for name, all := range of.Filter {
		if !slices.Contains(decision.Terms(), name) {
			return nil, badMember("recorded.filter."+name, "there are "+strings.Join(decision.Terms(), ", "))
		}
		terms[name] = all
	}
	f, err := decision.NewFilter(terms)
	var wrong *decision.FilterError
	if errors.As(err, &wrong) {
		return nil, badMember("recorded.filter."+wrong.Name, wrong.Reason)
	}
	return d.opts.Decisions.Kept(last, f), err
}
