package dispatch

import (
	"context"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Explanation says where a message would go, and why: the answer of the admin API's route/explain and of the
// command's explain.
type Explanation struct {
	Processor string               `json:"processor"` // the ref of the one that gets the message; empty where none does
	Selected  *string              `json:"selected"`  // the same, null where none does: the older name
	Code      string               `json:"code"`      // a gRPC code's name
	Error     string               `json:"error,omitempty"`
	Plan      []Stop               `json:"plan"`
	Rules     []routing.RuleReport `json:"rules"`

	SelectedIndex *int           `json:"selectedIndex"`      // of the rule, null where none takes the message
	Total         int            `json:"total"`              // how many rules there are
	Counts        routing.Counts `json:"counts"`             // of those that aren't in Rules
	AlsoMatch     []string       `json:"alsoMatch,omitzero"` // rules behind the one that decided, if they were asked
	// Masked are the rules whose answer may be another one in traffic, as they read what is masked in the message.
	Masked  []routing.MaskedRead `json:"maskedReads,omitempty"`
	LeftOut *routing.LeftOut     `json:"leftOut,omitempty"` // what there was no room for
}

// Stop is one call that would be made, if no middleware changed or answered the message before.
type Stop struct {
	Role backend.Role `json:"role"`
	Ref  string       `json:"ref"`
	Addr string       `json:"addr"`
}

// Stops are the calls that there may be, for a plan.
type Stops struct {
	Pre        []Stop // middlewares before the processor, in order
	Processors []Stop // by the index of their rules
	Post       []Stop // middlewares after the processor, in order
}

// Explain routes a message as Process does, and calls nobody. The error is a *status.Error where the bytes are no
// message that Process would take.
func (d *Dispatcher) Explain(ctx context.Context, request []byte) (*Explanation, error) {
	return d.Look(ctx, request, routing.View{})
}

// Look is Explain of the rules that a view asks for.
func (d *Dispatcher) Look(ctx context.Context, request []byte, v routing.View) (*Explanation, error) {
	req, err := Parse(request)
	if err != nil {
		return nil, err
	}
	return Explain(d.Table.Look(ctx, req, v), req, d.stops()), nil
}

// Explain adds the plan and the code to what the rules said. The rules may be those of a configuration that isn't in
// use: nobody needs to be connected.
func Explain(said *routing.Explanation, req *message.Request, stops Stops) *Explanation {
	x := &Explanation{
		Code: status.OK.String(), Plan: []Stop{}, Rules: said.Rules,
		Total: said.Total, Counts: said.Counts, AlsoMatch: said.AlsoMatch, Masked: said.Masked,
	}
	if said.LeftOut != (routing.LeftOut{}) {
		x.LeftOut = &said.LeftOut
	}
	if !skipsMiddlewares(req) {
		x.Plan = append(x.Plan, stops.Pre...)
	}
	if said.Err != nil {
		e := unrouted(req, said.Err)
		x.Code, x.Error = e.Code.String(), e.Message
		return x
	}
	taker := stops.Processors[said.Selected]
	x.Processor, x.Selected, x.SelectedIndex = taker.Ref, &taker.Ref, &said.Selected
	x.Plan = append(x.Plan, taker)
	if !skipsMiddlewares(req) {
		x.Plan = append(x.Plan, stops.Post...)
	}
	return x
}

// stops returns the calls that the dispatcher may make.
func (d *Dispatcher) stops() (s Stops) {
	for _, m := range d.Pre {
		s.Pre = append(s.Pre, stopOf(m.Backend))
	}
	for _, b := range d.Processors {
		s.Processors = append(s.Processors, stopOf(b))
	}
	for _, m := range d.Post {
		s.Post = append(s.Post, stopOf(m.Backend))
	}
	return s
}

func stopOf(b *backend.Backend) Stop { return Stop{Role: b.Role(), Ref: b.Ref(), Addr: b.Addr()} }
