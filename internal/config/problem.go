package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Severity says whether a Problem keeps a configuration from being used.
type Severity string

// The severities. A configuration with an error is refused; a warning is shown and nothing more.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is one thing that is wrong with a configuration, and where.
type Problem struct {
	// File is the name Parse was given.
	File string `json:"file,omitempty"`
	// Path is the place in the resource, such as spec.processors[1].matchFunc; empty for the whole file.
	Path string `json:"path"`
	// Line and Column count from 1, the column in characters. Both are 0 when no place is known.
	Line   int `json:"line"`
	Column int `json:"column"`
	// End is the place behind what is at fault, within a rule.
	End *End `json:"to,omitempty"`
	// Message is one sentence for the person who wrote the file.
	Message string `json:"message"`
	// Snippet is the line of the file with a caret under the place, two lines without a final newline.
	Snippet string `json:"snippet"`
	// Severity is SeverityError or SeverityWarning.
	Severity Severity `json:"severity"`
}

// End is where what a Problem is about ends.
type End struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// String renders the problem for a terminal: file:line:column: path: message, then the snippet.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(visible.Line(p.File))
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Severity == SeverityWarning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(visible.Line(p.Path) + ": ")
	}
	b.WriteString(visible.Line(p.Message))
	if p.Snippet != "" {
		b.WriteString("\n" + p.Snippet)
	}
	return b.String()
}

// Error is a configuration that can't be used. Problems is never empty and is in the order of the file.
type Error struct {
	Problems []Problem
}

// Error renders every problem for a terminal, one after the other.
func (e *Error) Error() string {
	rendered := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		rendered[i] = p.String()
	}
	return strings.Join(rendered, "\n")
}

// Why is the first problem that keeps the configuration from being used, in one line. A warning may stand before it.
func (e *Error) Why() string {
	for _, p := range e.Problems {
		if p.Severity == SeverityError {
			p.Snippet = ""
			return p.String()
		}
	}
	return e.Error()
}

// NewError returns an *Error that holds the problems in the order of the file, or nil when none of them is
// of SeverityError. The slice is not kept.
func NewError(problems []Problem) error {
	isError := func(p Problem) bool { return p.Severity == SeverityError }
	if !slices.ContainsFunc(problems, isError) {
		return nil
	}
	sorted := slices.Clone(problems)
	file := func(p Problem) int { // in the order in which they are first named
		return slices.IndexFunc(problems, func(q Problem) bool { return q.File == p.File })
	}
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(file(a), file(b)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Problems: sorted}
}
