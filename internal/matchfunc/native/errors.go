package native

import "fmt"

// Thrown is an exception that a rule ended with.
type Thrown struct {
	Name     string // of the error's class, such as TypeError
	Message  string // in V8's wording
	From, To int    // where: bytes of the source, To behind the last one
}

func (e *Thrown) Error() string { return e.Name + ": " + e.Message }

// Exceeded is a limit that an evaluation ran into.
type Exceeded struct {
	Limit string // what there was too much of
}

func (e *Exceeded) Error() string { return "the rule was stopped: " + e.Limit }

// The limits of an evaluation.
var (
	errSteps    = &Exceeded{Limit: "it takes too long"}
	errTogether = &Exceeded{Limit: "the rules that this message was tried on took too long together"}
	errMemory   = &Exceeded{Limit: "it needs too much memory"}
	errPower    = &Exceeded{Limit: "the last digits of a power with a broken exponent differ between engines"}
	errCase     = &Exceeded{Limit: "it maps the case of a Greek sigma next to letters about which versions of " +
		"Unicode differ"}
)

// Outside says which construct keeps a rule out of the native subset, and why. Such a rule isn't wrong: it runs in
// the JavaScript engine.
type Outside struct {
	Line, Column int // from 1, in characters
	Reason       string
}

func (o *Outside) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", o.Line, o.Column, o.Reason)
}
