package matchfunc

import (
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/lint"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// Warning is something in a rule that loads which is unlikely to be meant, such as a field that no message has.
type Warning struct {
	Place
	To      Place // behind what it is about
	Message string
}

// remarks are what is known of a rule's text, beside what it compiles to.
type remarks struct {
	warnings []Warning
	always   bool
	local    *Place // where it reads local time
}

// noRemarks are those on most rules.
var noRemarks = &remarks{}

func remarksOn(src *source.Source) *remarks {
	r := remarks{always: lint.Always(src)}
	if line, column, ok := src.LocalTime(); ok {
		at, _ := span(src.Text, line, column)
		r.local = &at
	}
	for _, w := range lint.Check(src) {
		from, to := span(src.Text, w.Line, w.Column)
		r.warnings = append(r.warnings, Warning{Place: from, To: to, Message: w.Message})
	}
	if r.local == nil && len(r.warnings) == 0 && !r.always {
		return noRemarks
	}
	return &r
}

// beside adds the remarks to why the source doesn't load.
func (r *remarks) beside(e *SourceError) *SourceError {
	e.Warnings = r.warnings
	return e
}

// Warnings returns what a person should look at again, in the order of the source. The caller must not change them.
func (f *Func) Warnings() []Warning { return f.remarks.warnings }

// Always reports whether the rule is known to match every message, as req => true does. That it isn't known to doesn't
// mean that there is a message that it doesn't match.
func (f *Func) Always() bool { return f.remarks.always }

// LocalTime returns where the rule first reads a date in the time zone of the process; nil where it doesn't.
func (f *Func) LocalTime() *Place { return f.remarks.local }
