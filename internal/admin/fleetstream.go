package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Bounds on streams of a fleet. Each asks every replica again and again.
const (
	maxFleetStreams = 8
	maxPolls        = 32 // of other replicas' streams that are answered at once
	pollFor         = 2 * time.Second
	pollAgain       = time.Second // after one that wasn't answered
	pollMost        = 200         // decisions in an answer
)

// lately is what came of a replica's decisions behind one of them.
type lately struct {
	Decisions []decision.Entry `json:"decisions"`
	LeftOut   int              `json:"leftOut"`
	Lost      uint64           `json:"lost"`
	Last      string           `json:"last"` // id of the last one that was looked at: ask behind it the next time
}

// since tells another replica what comes behind a decision: it waits for a while where there is nothing.
func (d *door) since(w http.ResponseWriter, r *http.Request) error {
	select {
	case d.polls <- struct{}{}:
		defer func() { <-d.polls }()
	default:
		return problem(http.StatusServiceUnavailable, "busy", "%d streams of others are answered at once.", maxPolls)
	}
	query := r.URL.Query()
	s, err := streamed(query)
	if err != nil {
		return err
	}
	got, err := d.lately(r.Context(), query.Get("after"), s)
	if err != nil {
		return err
	}
	return reply(w, got)
}

// lately waits for decisions of this replica behind the one with this id; behind the last one where it is empty.
func (d *door) lately(ctx context.Context, after string, s streaming) (lately, error) {
	sub, err := d.opts.Decisions.Subscribe(after, s.filter)
	if err != nil {
		return lately{}, problem(http.StatusServiceUnavailable, "busy", "%v.", err)
	}
	defer sub.Close()
	if after == "" { // the reader is to know where it begins
		last, _ := sub.Place()
		return lately{Decisions: []decision.Entry{}, Last: last}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, pollFor)
	defer cancel()
	b, err := sub.Batch(ctx, s.batch, s.share, s.max > 0)
	last, lost := sub.Place()
	got := lately{Decisions: b.Entries, LeftOut: b.LeftOut, Lost: b.Lost + lost, Last: last}
	if err != nil { // nothing came
		got.Decisions = []decision.Entry{}
	}
	return got, nil
}

// share is how many decisions of a while may come in an answer.
func (s streaming) share() int {
	if s.max == 0 {
		return pollMost
	}
	return int(min(max(time.Duration(s.max)*s.batch/time.Second, 1), pollMost)) // in range
}

// fleetStream sends the decisions of all replicas as they come.
func (d *door) fleetStream(w http.ResponseWriter, r *http.Request) error {
	f, err := d.following(r)
	if err != nil {
		return err
	}
	return d.serveStream(w, r, d.fleetStreams, "streams of the fleet", f.run)
}

// following follows the decisions of all replicas for one reader. A reader that is slow makes it ask less often.
type following struct {
	door *door
	streaming
	query url.Values
	from  places // where the reader left off; nil where it begins now
	read  places
	came  chan part[lately]
}

// following reads what a stream is asked for.
func (d *door) following(r *http.Request) (*following, error) {
	query := r.URL.Query()
	f := &following{door: d, read: places{}, came: make(chan part[lately])}
	var err error
	if f.from, err = placesIn(cmp.Or(r.Header.Get("Last-Event-Id"), query.Get("after")), "after"); err != nil {
		return nil, err
	}
	for _, name := range []string{"scope", "after"} {
		query.Del(name)
	}
	if f.streaming, err = streamed(query); err != nil {
		return nil, err
	}
	f.batch = cmp.Or(f.batch, usualBatch)
	query.Set("batch", f.batch.String())
	if f.max > 0 { // all together
		f.max = max(1, f.max/len(d.replicas()))
		query.Set("max", strconv.Itoa(f.max))
	}
	f.query = query
	return f, nil
}

// run sends until ctx ends or the reader is gone. It returns when its goroutines have ended.
func (f *following) run(ctx context.Context, e *events) {
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	first, followed := f.from == nil, map[string]bool{}
	look, alive := time.NewTicker(time.Second), time.NewTicker(heartbeat)
	defer look.Stop()
	defer alive.Stop()
	for ok := e.write([]byte(": watching\n\n")); ok; {
		for _, r := range f.door.replicas() {
			if followed[r.BootID] {
				continue
			}
			followed[r.BootID] = true
			after := f.from[r.BootID]
			if after == "" && !first { // it came since: all that it made is new
				after = decision.StartOf(r.BootID)
			}
			all.Go(func() {
				defer panics.Caught("follow a replica's decisions")
				f.follow(ctx, r, after)
			})
		}
		first = false
		select {
		case <-ctx.Done():
			return
		case <-look.C: // whether a replica came
		case <-alive.C:
			ok = f.place(e, "alive")
		case p := <-f.came:
			ok = f.send(e, p)
		}
	}
}

// follow asks one replica again and again, until it is gone or ctx ends.
func (f *following) follow(ctx context.Context, r bus.Replica, after string) {
	for ctx.Err() == nil {
		got, err := f.ask(ctx, r, after)
		switch {
		case err == nil && got.Last != after:
			after = got.Last
			select {
			case f.came <- part[lately]{r, got}:
			case <-ctx.Done():
			}
		case err == nil: // nothing came
		case !f.door.knows(r.BootID):
			return
		default:
			select {
			case <-time.After(pollAgain):
			case <-ctx.Done():
			}
		}
	}
}

// ask waits for what comes of a replica.
func (f *following) ask(ctx context.Context, r bus.Replica, after string) (lately, error) {
	if r.Self {
		return f.door.lately(ctx, after, f.streaming)
	}
	path := "/fleet/since?" + withParameter(f.query, "after", after).Encode()
	got, why := askOne[lately](ctx, f.door, r, bus.Question{Method: http.MethodGet, Path: path})
	if why == "" && !placeForm.MatchString(got.Last) {
		why = "its answer names no place"
	}
	if why != "" {
		return got, errors.New(why)
	}
	return got, nil
}

// knows reports whether a replica is among those of the fleet.
func (d *door) knows(bootID string) bool {
	return slices.ContainsFunc(d.replicas(), func(r bus.Replica) bool { return r.BootID == bootID })
}

// send writes what came of one replica. The event's id is how far all were read.
func (f *following) send(e *events, p part[lately]) bool {
	for i := range p.said.Decisions {
		p.said.Decisions[i].Replica = p.replica.Name
	}
	f.read[p.replica.BootID] = p.said.Last
	if len(f.read) > maxPlaces/2 {
		maps.DeleteFunc(f.read, func(boot, _ string) bool { return !f.door.knows(boot) })
	}
	if !e.lost(p.said.Lost) {
		return false
	}
	leftOut := fmt.Appendf(nil, `{"leftOut":%d}`, p.said.LeftOut)
	switch {
	case p.said.LeftOut > 0 && !e.send("", "sampled", leftOut):
		return false
	case len(p.said.Decisions) > 0:
		return e.encode(f.read.String(), "decisions", p.said.Decisions)
	}
	return f.place(e, "read")
}

// place gives the id that a reader comes back with.
func (f *following) place(e *events, comment string) bool {
	return e.write(fmt.Appendf(nil, ": %s\nid: %s\n\n", comment, f.read))
}
