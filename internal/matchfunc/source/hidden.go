package source

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// hidden are the characters that nobody sees, with the escape that makes them in YAML's double quotes. JSON knows \b
// and \f of these.
var hidden = map[rune]struct{ name, escape string }{
	0: {"a NUL", `\0`}, 7: {"a bell", `\a`}, 8: {"a backspace", `\b`}, 0xB: {"a vertical tab", `\v`},
	0xC:  {"a form feed", `\f`},
	0x1B: {"an escape", `\e`}, 0x85: {"a next line", `\N`}, 0x2028: {"a line separator", `\L`},
	0x2029: {"a paragraph separator", `\P`},
}

// literals are what tokens with characters of the user's own are called.
var literals = [...]string{text: "string", template: "template", pattern: "regular expression"}

// Hidden is a character in a literal that nobody sees.
type Hidden struct {
	Line, Column int
	Message      string // what it is, and what was meant
}

// Hidden returns the characters in strings, templates and regular expressions that nobody sees, one a literal.
func (s *Source) Hidden() (all []Hidden) {
	for _, t := range s.tokens {
		what := literals[t.kind]
		if what == "" {
			continue
		}
		for i, r := range s.Text[t.start:t.end] {
			if isHidden(r) {
				line, column := s.place(t.start + i)
				all = append(all, Hidden{line, column, meant(r, what)})
				break
			}
		}
	}
	return all
}

func isHidden(r rune) bool {
	return r != 0x200C && r != 0x200D && r != '\t' && r != '\n' && r != '\r' && r != utf8.RuneError &&
		(unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029)
}

func meant(r rune, what string) string {
	h, known := hidden[r]
	if !known {
		return fmt.Sprintf(
			`a character that nobody sees, %U, stands in this %s: write \u{%x} or the like if it is meant`, r, what, r,
		)
	}
	return fmt.Sprintf(`%s, %U, stands in this %s: that is what %s means in YAML's double quotes, and \b and \f in JSON; `+
		`if %s was meant for the rule, write \%s there, or use YAML's single quotes or a block (|)`, h.name, r, what,
		h.escape, h.escape, h.escape)
}
