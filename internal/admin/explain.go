package admin

import (
	"context"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// question is a message to explain, by the running configuration or by a candidate.
type question struct {
	Message *paste.Message `json:"message"`
	Config  string         `json:"config"`
	view
}

// view says which rules an answer tells of.
type view struct {
	Rules       string `json:"rules"` // all or decisive
	Near        *int   `json:"near"`
	From        *int   `json:"from"`
	Count       *int   `json:"count"`
	EvaluateAll bool   `json:"evaluateAll"`
}

// The bounds on a view, and what holds where nobody says otherwise.
const (
	defaultNear  = 3
	maxNear      = 100
	defaultCount = 100
	maxCount     = 1000
)

// routing returns the view as package routing takes it.
func (v view) routing() (routing.View, error) {
	out := routing.View{Behind: v.EvaluateAll, Bounded: true, Near: defaultNear}
	switch v.Rules {
	case "", "all":
	case "decisive":
		out.Decisive = true
	default:
		return out, badMember("rules", `it is "all" or "decisive"`)
	}
	if v.Near != nil {
		if out.Near = *v.Near; out.Near < 0 || out.Near > maxNear {
			return out, badMember("near", "it is a number from 0 to 100")
		}
	}
	if v.From == nil && v.Count == nil {
		return out, nil
	}
	out.Count = defaultCount
	if v.Count != nil {
		if out.Count = *v.Count; out.Count < 1 || out.Count > maxCount {
			return out, badMember("count", "it is a number from 1 to 1000")
		}
	}
	if v.From != nil {
		if out.From = *v.From; out.From < 0 {
			return out, badMember("from", "it is a number from 0")
		}
	}
	return out, nil
}

// explained is where a message would go, and what an EdgePort does with it where it is SIP text.
type explained struct {
	*dispatch.Explanation
	EdgePort *paste.Fate `json:"edgePort,omitempty"`
}

func (d *door) explain(w http.ResponseWriter, r *http.Request) error {
	q, err := decode[question](w, r, maxConfigBody)
	if err != nil {
		return err
	}
	if q.Message == nil {
		return missing("message", "the message to explain")
	}
	view, err := q.view.routing()
	if err != nil {
		return err
	}
	read, err := q.Message.Read()
	if err != nil {
		p := problemOf(err)
		p.Path = joined("message", p.Path)
		return p
	}
	req, err := dispatch.Parse(read.Wire)
	if err != nil {
		p := problem(http.StatusBadRequest, "message-invalid", "%s", err.Error())
		p.Path = "message"
		return p
	}
	var x *dispatch.Explanation
	if q.Config == "" {
		x, err = d.opts.Snapshot().Dispatcher.Look(r.Context(), read.Wire, view)
	} else {
		x, err = d.explainBy(r.Context(), q.Config, req, view)
	}
	if err != nil {
		return err
	}
	return reply(w, explained{x, read.Fate()})
}

// explainBy explains a message by a candidate.
func (d *door) explainBy(
	ctx context.Context, config string, req *message.Request, v routing.View,
) (*dispatch.Explanation, error) {
	ctx, cancel := d.untilDone(ctx)
	defer cancel()
	c, err := d.usable(ctx, config)
	if err != nil {
		return nil, err
	}
	defer c.close()
	said, err := c.session.Look(req.Bytes(), v)
	if err != nil {
		return nil, err
	}
	return dispatch.Explain(said, req, c.stops()), nil
}
