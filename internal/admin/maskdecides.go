package admin

import (
	"bytes"
	"context"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// maskedDecides are messages that the rules that run send elsewhere for what is masked in them.
type maskedDecides struct {
	Count    int              `json:"count"`
	Examples []impact.Example `json:"examples"`
}

// maxMaskExamples is how many of them are shown.
const maxMaskExamples = 20

// maskDecides looks for messages of which a comparison of masked forms says nothing of traffic; nil where there are
// none. Only our own rules get to see what is masked.
func (d *door) maskDecides(
	ctx context.Context, running *worker.Session, kept []decision.Kept,
) (*maskedDecides, error) {
	mask := d.opts.Decisions.Mask()
	var (
		at                   []int // in kept
		original, substitute [][]byte
	)
	for i, k := range kept {
		shown, err := mask.StandIn(k.Request)
		if err == nil && len(k.Request) <= worker.MaxBytes && !bytes.Equal(shown, k.Request) {
			at, original, substitute = append(at, i), append(original, k.Request), append(substitute, shown)
		}
	}
	if len(at) == 0 {
		return nil, nil
	}
	route := routeBy(running)
	was, err := route(ctx, original)
	if err != nil {
		return nil, err
	}
	is, err := route(ctx, substitute)
	if err != nil {
		return nil, err
	}
	found := &maskedDecides{Examples: []impact.Example{}}
	for i := range at {
		if was[i].Ref == is[i].Ref && was[i].Code == is[i].Code {
			continue
		}
		if found.Count++; len(found.Examples) < maxMaskExamples {
			x := impact.Example{ID: kept[at[i]].ID, Index: at[i]}
			if req, err := message.Parse(original[i]); err == nil {
				x.CallID, x.Method = mask.Ref(req.CallID()), req.Method().String()
			}
			found.Examples = append(found.Examples, x)
		}
	}
	if found.Count == 0 {
		return nil, nil
	}
	return found, nil
}
