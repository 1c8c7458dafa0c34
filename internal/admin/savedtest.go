package admin

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/ruletest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func (d *door) decisionTest(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	entry, ok := d.opts.Decisions.Get(id)
	if !ok {
		return unknownDecision(r)
	}
	wire, kept := d.opts.Decisions.Request(id)
	if !kept {
		return messageNotKept()
	}
	shown, err := d.opts.Decisions.Mask().StandIn(wire)
	if err != nil {
		return problem(http.StatusNotFound, "message-not-kept", "What came in isn't a message: %s.", err.Error())
	}
	parts := []string{entry.Method, entry.Kind, entry.CallID}
	name := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
	selected, code := d.routedTo(r.Context(), entry, wire)
	test := ruletest.FromMessage(name, shown, selected, code)
	if d.maskDecides(r.Context(), wire, shown) {
		test = append([]byte("# A rule reads a credential, which is masked below: "+
			"this test may fail although nothing is wrong.\n"), test...)
	}
	return send(w, http.StatusOK, plainText, test)
}

// maskDecides reports whether the rules that run send a message elsewhere for what is masked in it.
func (d *door) maskDecides(ctx context.Context, wire, shown []byte) bool {
	before, code := d.explained(ctx, wire)
	after, masked := d.explained(ctx, shown)
	return before != after || code != masked
}

// explained is where the rules that run send a message.
func (d *door) explained(ctx context.Context, wire []byte) (selected, code string) {
	x, err := d.opts.Snapshot().Dispatcher.Explain(ctx, wire)
	if err != nil {
		return "", status.InvalidArgument.String()
	}
	if x.Selected != nil {
		selected = *x.Selected
	}
	return selected, x.Code
}

// routedTo is what the rules did with the message of a decision. Where they were never asked, as when a middleware
// failed before, it is what they would do now.
func (d *door) routedTo(ctx context.Context, entry decision.Entry, wire []byte) (selected, code string) {
	if entry.Processor == "" && entry.Code != status.NotFound.String() {
		if selected, code = d.explained(ctx, wire); code != status.InvalidArgument.String() {
			return selected, code
		}
	}
	return entry.Processor, entry.Code
}
