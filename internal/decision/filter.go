package decision

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Filter says which records a list, a stream or a watch is about. The zero Filter, and a nil one, let everything
// through. It looks at what is shown: what is masked can't be found out by asking. It never changes and is safe for
// concurrent use.
type Filter struct {
	since, until  time.Time
	least         time.Duration
	failed        choice[bool]
	codes         choice[status.Code]
	methods       choice[message.Method]
	kinds         choice[string]
	responseTypes choice[message.ResponseType]
	epochs        choice[uint64]
	processors    choice[string] // empty for none
	failedRules   choice[string]
	instances     choice[string]

	// These are compared with what is shown, which isn't made while Add waits.
	callIDs, edgePorts, users choice[string]
	parts                     choice[string] // of several texts, in lower case
}

// Bounds on a Filter.
const (
	maxTerms = 64
	maxTerm  = 1024 // bytes of one
)

// FilterError says which term of a filter makes no sense.
type FilterError struct{ Name, Reason string }

func (e *FilterError) Error() string { return e.Name + ": " + e.Reason }

// terms read the values of a filter's terms, by their names.
var terms = map[string]func(f *Filter, value string) error{
	"callId":       func(f *Filter, v string) error { return f.callIDs.read(v, textOf) },
	"code":         func(f *Filter, v string) error { return f.codes.read(v, codeOf) },
	"edgePort":     func(f *Filter, v string) error { return f.edgePorts.read(v, textOf) },
	"epoch":        func(f *Filter, v string) error { return f.epochs.read(v, epochOf) },
	"failed":       func(f *Filter, v string) error { return f.failed.read(v, boolOf) },
	"failedRule":   func(f *Filter, v string) error { return f.failedRules.read(v, textOf) },
	"instance":     func(f *Filter, v string) error { return f.instances.read(v, textOf) },
	"kind":         func(f *Filter, v string) error { return f.kinds.read(v, kindOf) },
	"method":       func(f *Filter, v string) error { return f.methods.read(v, methodOf) },
	"minDuration":  func(f *Filter, v string) (err error) { f.least, err = durationOf(v); return err },
	"processor":    func(f *Filter, v string) error { return f.processors.read(v, processorOf) },
	"q":            func(f *Filter, v string) error { return f.parts.read(strings.ToLower(v), textOf) },
	"responseType": func(f *Filter, v string) error { return f.responseTypes.read(v, responseTypeOf) },
	"since":        func(f *Filter, v string) (err error) { f.since, err = timeOf(v); return err },
	"until":        func(f *Filter, v string) (err error) { f.until, err = timeOf(v); return err },
	"user":         func(f *Filter, v string) error { return f.users.read(v, textOf) },
}

// once are the terms that may be there once.
var once = []string{"failed", "minDuration", "since", "until"}

// Terms are the names of a filter's terms.
func Terms() (names []string) {
	for name := range terms {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// NewFilter reads a filter. Several values of a term mean "or", a leading ! means "not"; a record must fit every term.
// The error is a *FilterError.
func NewFilter(values map[string][]string) (*Filter, error) {
	f, n := &Filter{}, 0
	for _, name := range Terms() { // so that the same error comes each time
		all := values[name]
		if len(all) > 1 && slices.Contains(once, name) {
			return nil, &FilterError{name, "it may be there once"}
		}
		for _, v := range all {
			if n++; n > maxTerms || len(v) > maxTerm {
				return nil, &FilterError{name, fmt.Sprintf("at most %d values of %d bytes", maxTerms, maxTerm)}
			}
			if err := terms[name](f, v); err != nil {
				return nil, &FilterError{name, err.Error()}
			}
		}
	}
	for name := range values {
		if terms[name] == nil {
			return nil, &FilterError{name, "no term has this name; there are " + strings.Join(Terms(), ", ")}
		}
	}
	return f, nil
}

// quick looks at what needs no masking. It is cheap: Add waits.
func (f *Filter) quick(r *Record) bool {
	return f == nil ||
		(f.since.IsZero() || !r.Time.Before(f.since)) && (f.until.IsZero() || r.Time.Before(f.until)) &&
			r.Total >= f.least && f.failed.takes(r.Code != status.OK) && f.codes.takes(r.Code) &&
			f.methods.takes(r.Method) && f.kinds.takes(r.Kind()) && f.epochs.takes(r.Epoch) &&
			f.ofResponse(r) && f.processors.takes(r.Processor) && f.failedRules.takes(r.FailedRule) && f.called(r)
}

func (f *Filter) ofResponse(r *Record) bool {
	if !r.Response {
		return len(f.responseTypes.some) == 0
	}
	return f.responseTypes.takes(r.head.responseType)
}

func (f *Filter) called(r *Record) bool {
	found := len(f.instances.some) == 0
	for i := range r.Calls {
		if slices.Contains(f.instances.none, r.Calls[i].Addr) {
			return false
		}
		found = found || slices.Contains(f.instances.some, r.Calls[i].Addr)
	}
	return found
}

// full looks at what is shown of a record that is a copy.
func (f *Filter) full(m *Mask, r *Record) bool {
	if f == nil {
		return true
	}
	return f.byCallID(m, r) && (f.edgePorts.open() || f.edgePorts.takes(m.EdgePort(r.EdgePort))) &&
		(f.users.open() || f.users.takesOne(m.users(&r.head))) && (f.parts.open() || within(&f.parts, m.texts(r)))
}

func (f *Filter) byCallID(m *Mask, r *Record) bool {
	if f.callIDs.open() {
		return true
	}
	shown := m.Ref(r.CallID)
	is := func(want string) bool {
		want = m.asked(want)
		return want == shown || strings.HasPrefix(shown, want) && strings.HasPrefix(shown[len(want):], "@")
	}
	return (len(f.callIDs.some) == 0 || slices.ContainsFunc(f.callIDs.some, is)) &&
		!slices.ContainsFunc(f.callIDs.none, is)
}

// users are those of the addresses of a message.
func (m *Mask) users(h *head) []string {
	return []string{
		m.user(message.PartyIn(h.part(uriPart)), uriPlace), m.user(message.AddressIn(h.part(fromPart)), fromPlace),
		m.user(message.AddressIn(h.part(toPart)), toPlace),
	}
}

// texts are those that a part is looked for in.
func (m *Mask) texts(r *Record) []string {
	return []string{
		m.Ref(r.CallID), m.address(message.PartyIn(r.head.part(uriPart)), uriPlace),
		m.address(message.AddressIn(r.head.part(fromPart)), fromPlace),
		m.address(message.AddressIn(r.head.part(toPart)), toPlace), r.Error,
	}
}
