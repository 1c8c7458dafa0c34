package routing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Shadows returns for each rule the refs of the rules above it that together take every message of its methods, as far
// as that shows in their text; none where some message may get there.
func (t *Table) Shadows() [][]string {
	shadows := make([][]string, len(t.rules))
	always := map[message.Method]string{} // ref of the first rule that takes all messages of a method
	for i, rule := range t.rules {
		shadows[i] = takenBy(rule, always)
		if !rule.Func.Always() {
			continue
		}
		for _, m := range rule.Methods {
			if _, taken := always[m]; !taken {
				always[m] = rule.Ref
			}
		}
	}
	return shadows
}

func takenBy(rule Rule, always map[message.Method]string) []string {
	var by []string
	for _, m := range rule.Methods {
		ref, taken := always[m]
		if !taken {
			return nil
		}
		if !slices.Contains(by, ref) {
			by = append(by, ref)
		}
	}
	return by
}

// Unreachable says what Shadows means for a rule, in a sentence.
func Unreachable(by []string) string {
	named := make([]string, len(by))
	for i, ref := range by {
		named[i] = fmt.Sprintf("processor %q", ref)
	}
	verb := "match"
	if len(by) == 1 {
		verb = "matches"
	}
	return fmt.Sprintf("no message gets here: %s above %s every message of its methods", strings.Join(named, " and "),
		verb)
}
