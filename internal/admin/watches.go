package admin

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// newWatch is the body of a call that begins a watch.
type newWatch struct {
	Filter filterOf `json:"filter"`
	For    string   `json:"for"`
	Keep   *int     `json:"keep"`
}

// What a watch is where its body doesn't say.
const (
	usualWatch     = 15 * time.Minute
	usualWatchKeep = 200
)

func (d *door) watch(w http.ResponseWriter, r *http.Request) error {
	body, err := decode[newWatch](w, r, maxBody)
	if err != nil {
		return err
	}
	state, err := d.begin(body)
	if err != nil {
		return err
	}
	return reply(w, state)
}

// begin begins a watch of this replica's.
func (d *door) begin(body newWatch) (decision.WatchState, error) {
	o, err := body.options()
	if err != nil {
		return decision.WatchState{}, err
	}
	state, err := d.opts.Decisions.Watch(o)
	var term *decision.FilterError
	switch {
	case errors.As(err, &term):
		return state, badMember("filter."+term.Name, term.Reason)
	case errors.Is(err, decision.ErrWatches):
		return state, problem(http.StatusConflict, "watches-full", "%s with DELETE /api/v1/watches/{id}.", err)
	case err != nil:
		return state, problem(http.StatusServiceUnavailable, "stopping", "%s.", err)
	}
	return state, nil
}

func (b newWatch) options() (o decision.WatchOptions, err error) {
	o = decision.WatchOptions{For: usualWatch, Keep: usualWatchKeep}
	if o.Terms, err = b.Filter.terms("filter"); err != nil {
		return o, err
	}
	if b.For != "" {
		o.For, err = time.ParseDuration(b.For)
		if err != nil || o.For < time.Second || o.For > decision.MaxWatchTime {
			return o, badMember("for", "for is a duration from 1s to 24h, such as 15m")
		}
	}
	if b.Keep != nil {
		if o.Keep = *b.Keep; o.Keep < 1 || o.Keep > decision.MaxWatchKeep {
			return o, badMember("keep", "keep is a number from 1 to "+strconv.Itoa(decision.MaxWatchKeep))
		}
	}
	return o, nil
}

func (d *door) watches(w http.ResponseWriter, _ *http.Request) error {
	return reply(w, d.watchList())
}

// watchList are the watches of one replica, or of all.
type watchList struct {
	Watches    []watchState  `json:"watches"` // of each replica, the oldest first
	Most       int           `json:"most"`    // that a replica may have
	Unanswered *[]unanswered `json:"unanswered,omitempty"`
}

type watchState struct {
	decision.WatchState
	Replica string `json:"replica,omitempty"`
}

func (d *door) watchList() watchList {
	list := watchList{Watches: []watchState{}, Most: decision.MaxWatches}
	for _, one := range d.opts.Decisions.Watches() {
		list.Watches = append(list.Watches, watchState{WatchState: one})
	}
	return list
}

func (d *door) watched(w http.ResponseWriter, r *http.Request) error {
	state, caught, ok := d.opts.Decisions.Watched(idOf(r))
	if !ok {
		return unknownWatch(r)
	}
	return reply(w, struct {
		decision.WatchState
		Decisions []decision.Entry `json:"decisions"` // the oldest first
	}{state, caught})
}

func (d *door) unwatch(w http.ResponseWriter, r *http.Request) error {
	state, ok := d.opts.Decisions.Unwatch(idOf(r))
	if !ok {
		return unknownWatch(r)
	}
	return reply(w, state)
}

func unknownWatch(r *http.Request) *Problem {
	return problem(http.StatusNotFound, "not-found",
		"There is no watch %.100q, or not any more; GET /api/v1/watches lists them.", idOf(r))
}
