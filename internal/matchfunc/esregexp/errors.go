package esregexp

import (
	"errors"
	"fmt"
)

// ErrBudget is the class of all errors that stop a match before it has an
// answer: errors.Is(err, ErrBudget) holds for each of them. A match that ends
// in one is neither a yes nor a no.
var ErrBudget = errors.New("regular expression stopped")

// The reasons a match is stopped.
var (
	// ErrSteps says that Budget.Steps ran out.
	ErrSteps = fmt.Errorf("%w: step limit reached", ErrBudget)
	// ErrStack says that more than Budget.Stack backtracking frames were wanted.
	ErrStack = fmt.Errorf("%w: backtracking memory limit reached", ErrBudget)
	// ErrInterrupted says that Budget.Interrupt returned true.
	ErrInterrupted = fmt.Errorf("%w: interrupted", ErrBudget)
	// ErrAmbiguous says that V8's own answer depends on how it happened to
	// store the subject. It takes a case-insensitive backreference in unicode
	// mode over characters such as ß, whose full case folding is longer.
	ErrAmbiguous = fmt.Errorf("%w: case-insensitive backreference has no single answer in V8", ErrBudget)
)

// SyntaxError is a pattern, or flags, that V8 rejects as well.
type SyntaxError struct {
	Offset int    // into the pattern, in UTF-16 code units; -1 for flags
	Msg    string // V8's wording
}

func (e *SyntaxError) Error() string {
	if e.Offset < 0 {
		return "invalid regular expression: " + e.Msg
	}
	return fmt.Sprintf("invalid regular expression: %s at offset %d", e.Msg, e.Offset)
}

// UnsupportedError is a pattern that V8 may accept and that this package
// refuses, because it can't promise the same answers.
type UnsupportedError struct {
	Offset int // into the pattern, in UTF-16 code units
	Msg    string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("unsupported regular expression: %s at offset %d", e.Msg, e.Offset)
}
