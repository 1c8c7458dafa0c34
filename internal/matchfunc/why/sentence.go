package why

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxClauses is how many parts a sentence tells of, and maxWords how many bytes one of them may have.
const (
	maxClauses = 3
	maxWords   = 160
)

// clause is what is said of one part.
type clause struct {
	is   string // From host is "a"
	does string // of a match: ends with "b"; empty where is says it all
	must string // of no match: end with "b"
}

// sentence says why, in the words of SIP.
func (t *tally) sentence(leaves []leaf) string {
	if len(leaves) == 0 {
		return t.always()
	}
	clauses := make([]clause, 0, len(leaves))
	for _, l := range leaves {
		clauses = append(clauses, t.clause(l))
	}
	if t.Matched {
		return upper(and(clauses))
	}
	return upper(or(clauses))
}

// always is said where no part asks anything.
func (t *tally) always() string {
	said := "no"
	if t.Matched {
		said = "yes"
	}
	asked, returned := t.reached()
	switch {
	case returned < 0:
		return "The rule returned nothing, which is no match"
	case len(asked) == 0 && constant(t.operands[returned].Node):
		return "The rule says " + said + " to every message"
	}
	return "The rule returned " + t.show(returned)
}

func and(all []clause) string {
	var out []string
	for _, c := range all[:min(len(all), maxClauses)] {
		text := c.is
		if c.does != "" {
			text += ", which " + c.does
		}
		out = append(out, text)
	}
	return join(out, len(all), " and ")
}

func or(all []clause) string {
	first := all[0]
	same := true
	for _, c := range all {
		same = same && c.is == first.is
	}
	if same {
		var musts []string
		for i, c := range all[:min(len(all), maxClauses)] {
			if i > 0 && strings.HasPrefix(first.must, "be ") {
				c.must = strings.TrimPrefix(c.must, "be ")
			}
			musts = append(musts, c.must)
		}
		return first.is + "; it must " + strings.Replace(join(musts, len(all), " or "), ", or ", " or ", 1)
	}
	var out []string
	for _, c := range all[:min(len(all), maxClauses)] {
		out = append(out, c.is+" and must "+c.must)
	}
	return join(out, len(all), " or ")
}

// join lists parts of a sentence, of which there are so many.
func join(parts []string, all int, word string) string {
	if more := all - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	if n := len(parts) - 1; n > 0 {
		return strings.Join(parts[:n], ", ") + "," + word + parts[n]
	}
	return parts[0]
}

func upper(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

// short cuts what is quoted in a sentence.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxWords {
		return text
	}
	return strings.ToValidUTF8(text[:maxWords], "") + "…"
}

// failed says what was thrown in a part, and for want of what.
func (t *tally) failed(i int) string {
	for j := i; j >= 0; j = t.operands[j].Parent {
		t.decisive[j] = true
	}
	if t.Threw == limitExceeded {
		return "The rule was stopped: " + strings.TrimPrefix(t.Message, "the rule was stopped: ")
	}
	if t.Threw == "" {
		return "The rule " + short(t.Message)
	}
	what := fmt.Sprintf("The rule threw %s: %s", t.Threw, short(t.Message))
	if i < 0 {
		return what
	}
	if gone := t.gone(t.operands[i].Reads); gone != "" {
		return upper(Name(gone)) + " is missing, and the rule reads from it: " + t.Threw + ": " + short(t.Message)
	}
	return what
}

// limitExceeded is the name of what ended a rule that ran out of its limits.
const limitExceeded = "LimitExceeded"

// gone returns the first place, on the way to these, where there is nothing; empty for none.
func (t *tally) gone(reads []string) string {
	for _, path := range reads {
		for i, r := range path {
			if r != '.' && (r != '[' || i == 0) {
				continue
			}
			if shown, ok := t.Read(path[:i]); ok && (shown == "null" || shown == "undefined") {
				return path[:i]
			}
		}
	}
	return ""
}
