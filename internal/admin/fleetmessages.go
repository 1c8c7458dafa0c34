package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// maxShared bounds the bytes of messages that a replica tells another one at a time.
const maxShared = 4 << 20

// sharedMessages are messages of a replica, credentials masked as for foreign rules.
type sharedMessages struct {
	Messages []sharedMessage `json:"messages"` // newest first
	LeftOut  int             `json:"leftOut"`  // older ones, for which there was no room
}

type sharedMessage struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Request []byte    `json:"request"` // in its wire form
}

// ownMessages tells another replica of messages that are kept here, the last ones that a filter takes.
func (d *door) ownMessages(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	last, err := number(query, "last", 1, maxLast, defaultLast)
	if err != nil {
		return err
	}
	f, err := filtered(query)
	if err != nil {
		return err
	}
	all, size := sharedMessages{Messages: []sharedMessage{}}, 0
	for _, k := range d.opts.Decisions.Kept(last, f) {
		wire, err := d.opts.Decisions.Mask().StandIn(k.Request)
		if err != nil || len(wire) > worker.MaxBytes || size+len(wire) > maxShared {
			all.LeftOut++
			continue
		}
		size += len(wire)
		all.Messages = append(all.Messages, sharedMessage{k.ID, k.Time, wire})
	}
	return reply(w, all)
}

// beside adds the messages of the other replicas to ours, and keeps the last of all. Those of others are masked.
func (d *door) beside(
	ctx context.Context, of recordedOf, ours []decision.Kept,
) (all []decision.Kept, missing []unanswered, leftOut int, err error) {
	last := defaultLast
	if of.Last != nil {
		last = *of.Last
	}
	terms, err := of.Filter.terms("recorded.filter")
	if err != nil {
		return nil, nil, 0, err
	}
	path := "/fleet/messages?" + withParameter(url.Values(terms), "last", strconv.Itoa(last)).Encode()
	said, missing, err := everywhere(ctx, d,
		func(bus.Replica) (sharedMessages, error) { return sharedMessages{}, nil },
		func(bus.Replica) bus.Question { return bus.Question{Method: http.MethodGet, Path: path} })
	if err != nil {
		return nil, nil, 0, err
	}
	all = slices.Clone(ours)
	for _, p := range said {
		leftOut += p.said.LeftOut
		for _, m := range p.said.Messages {
			all = append(all, decision.Kept{ID: m.ID, Time: m.Time, Request: m.Request})
		}
	}
	slices.SortStableFunc(all, func(a, b decision.Kept) int { return b.Time.Compare(a.Time) })
	return all[:min(len(all), last)], missing, leftOut, nil
}
