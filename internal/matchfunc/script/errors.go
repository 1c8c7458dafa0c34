package script

import "fmt"

// ErrorKind says how an evaluation failed.
type ErrorKind uint8

// The kinds of failures.
const (
	Thrown      ErrorKind = iota // the rule threw something
	Timeout                      // it took more processor time than Options.Timeout
	Depth                        // its calls nested too deep
	Memory                       // it took too much memory, or asked for something too large
	Unavailable                  // it reached something that rules don't have
	Panic                        // the engine itself failed
	Gone                         // nobody waits for the answer any more
)

// EvalError says why an evaluation has no answer.
type EvalError struct {
	Kind    ErrorKind
	Name    string // of what was thrown: "TypeError", "RangeError", …; empty where it isn't an Error
	Message string
	Line    int // in the rule's source, from 1; 0 where it isn't known
	Column  int // in characters, from 1
}

func (e *EvalError) Error() string {
	text := e.Message
	if e.Name != "" {
		text = e.Name + ": " + text
	}
	if e.Line == 0 {
		return text
	}
	return fmt.Sprintf("%s (line %d, column %d)", text, e.Line, e.Column)
}

// stop is what ends an evaluation from within, past every catch and finally of the rule.
type stop struct {
	kind     ErrorKind
	message  string
	doubtful bool // it may be another's doing: the evaluation is looked at again
}
