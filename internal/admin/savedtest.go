package admin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/ruletest"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// decisionTest writes a decision as a test. Its secrets are replaced, and what it expects is what the rules that made
// the decision do with it then: a saved test passes under them, and says where that isn't what happened in traffic.
func (d *door) decisionTest(w http.ResponseWriter, r *http.Request) error {
	m, err := d.asked(r.Context(), handedIn{Decision: idOf(r)}, "")
	if err != nil {
		return err
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	test, err := d.savedTest(ctx, m)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, plainText, test)
}

func (d *door) savedTest(ctx context.Context, m *asked) ([]byte, error) {
	parts := []string{m.entry.Method, m.entry.Kind, m.entry.CallID}
	name := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
	shown, err := d.opts.Decisions.Mask().Alike(m.Wire)
	if err != nil {
		return nil, err
	}
	written, err := asWritten(shown)
	if err != nil { // it says why
		return ruletest.FromMessage(name, shown, "", ""), nil //nolint:nilerr // as the test does
	}
	known, epoch, err := d.outcomeOf(ctx, m, m.Wire)
	if err != nil {
		return nil, err
	}
	is, _, err := d.outcomeOf(ctx, m, written)
	if err != nil {
		return nil, err
	}
	test := ruletest.FromMessage(name, written, is.selected, is.code)
	was := verdict{m.entry.Processor, m.entry.Code}
	switch {
	case known != is:
		return remarked(test, "A rule reads a credential, which is replaced below. In traffic the outcome was "+
			known.String()+"."), nil
	case was.routed() && was != known:
		why := "a middleware may have changed the message before the rules saw it"
		if epoch != m.entry.Epoch {
			why = fmt.Sprintf("other rules made the decision, those of epoch %d", m.entry.Epoch)
		}
		return remarked(test, "In traffic the outcome was "+was.String()+": "+why+"."), nil
	}
	return test, nil
}

// remarked puts a comment above a test.
func remarked(test []byte, comment string) []byte {
	return append([]byte("# "+visible.Line(comment)+"\n"), test...)
}

// asWritten is the message that is read back of a test that was made of one.
func asWritten(wire []byte) ([]byte, error) {
	req, err := message.Parse(wire)
	if err != nil {
		return nil, err
	}
	return message.RequestFromJSON(req.AppendJSON(nil))
}

// verdict is what rules do with a message.
type verdict struct{ selected, code string }

// String writes it as a test does.
func (o verdict) String() string {
	if o.selected != "" {
		return "processor: " + o.selected
	}
	return "code: " + o.code
}

// routed reports whether rules had the last word on it.
func (o verdict) routed() bool { return o.selected != "" || o.code == status.NotFound.String() }

// outcomeOf is what the rules that made a message's decision do with another form of it, or those that run where they
// aren't kept any more. It says whose rules they are.
func (d *door) outcomeOf(ctx context.Context, m *asked, wire []byte) (o verdict, epoch uint64, err error) {
	s := d.opts.Snapshot()
	var x *dispatch.Explanation
	view := routing.View{Decisive: true, Bounded: true}
	if past, kept := d.past(m, s); kept {
		epoch = past.Epoch
		x, err = d.explainPast(ctx, past, wire, view)
	} else {
		epoch = s.Epoch
		x, err = d.lookHere(ctx, s, wire, view)
	}
	if err != nil {
		if status.Of(err).Code == status.InvalidArgument {
			return verdict{code: status.InvalidArgument.String()}, epoch, nil
		}
		return o, epoch, err
	}
	return verdict{x.Processor, x.Code}, epoch, nil
}
