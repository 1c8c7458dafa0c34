package admin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// places says how far each replica's decisions were read: by boot ID, the id of the last one; empty for none yet.
type places map[string]string

// maxPlaces is of how many replicas a place is read.
const maxPlaces = 256

var placeForm = regexp.MustCompile(`^[a-z2-7]{8}(-[0-9]{12,20})?$`)

// placesIn reads places that were written by String; nil where there are none.
func placesIn(text, name string) (places, error) {
	if text == "" {
		return nil, nil
	}
	p := places{}
	for one := range strings.SplitSeq(text, ",") {
		if !placeForm.MatchString(one) || len(p) == maxPlaces {
			return nil, badParameter(name, name+" is what an answer of the fleet gave")
		}
		boot, number, _ := strings.Cut(one, "-")
		p[boot] = ""
		if number != "" {
			p[boot] = one
		}
	}
	return p, nil
}

// String is what placesIn reads.
func (p places) String() string {
	all := make([]string, 0, len(p))
	for boot, id := range p {
		if id == "" {
			id = boot
		}
		all = append(all, id)
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// fleetDecisions lists the decisions of all replicas as one.
func (d *door) fleetDecisions(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	from, err := placesIn(query.Get("before"), "before")
	if err != nil {
		return err
	}
	query.Del("before")
	query.Del("scope")
	q, err := listed(query)
	if err != nil {
		return err
	}
	all, missing, err := everywhere(r.Context(), d,
		func(self bus.Replica) (decisionList, error) {
			q.Before = from[self.BootID]
			return d.list(q)
		},
		func(of bus.Replica) bus.Question {
			before, there := from[of.BootID]
			if from != nil && !there {
				return bus.Question{} // it came after the first page, or has no more
			}
			path := "/decisions?" + withParameter(query, "before", before).Encode()
			return bus.Question{Method: http.MethodGet, Path: path}
		})
	if err != nil {
		return err
	}
	merged := mergeDecisions(all, q.Limit, from)
	merged.Unanswered = &missing
	return reply(w, merged)
}

// withParameter is a query with another parameter, if that has a value.
func withParameter(query url.Values, name, value string) url.Values {
	out := url.Values{}
	for n, v := range query {
		out[n] = v
	}
	if value != "" {
		out.Set(name, value)
	}
	return out
}

// mergeDecisions makes one page of those of all, the newest first.
func mergeDecisions(all []part[decisionList], limit int, from places) decisionList {
	merged := decisionList{Decisions: []decision.Entry{}}
	rest, heads := make([][]decision.Entry, len(all)), places{}
	for i, p := range all {
		rest[i] = p.said.Decisions
		heads[p.replica.BootID] = p.said.Newest
		merged.Scanned += p.said.Scanned
		merged.Coverage = merged.Coverage.Beside(p.said.Coverage)
	}
	merged.Newest = heads.String()
	read := places{}
	for len(merged.Decisions) < limit {
		newest := -1
		for i := range rest {
			if len(rest[i]) > 0 && (newest < 0 || rest[i][0].Time.After(rest[newest][0].Time)) {
				newest = i
			}
		}
		if newest < 0 {
			break
		}
		e := rest[newest][0]
		e.Replica = all[newest].replica.Name
		merged.Decisions = append(merged.Decisions, e)
		read[all[newest].replica.BootID] = e.ID
		rest[newest] = rest[newest][1:]
	}
	next := places{}
	for i, p := range all {
		if boot := p.replica.BootID; len(rest[i]) > 0 || p.said.Next != nil {
			if next[boot] = read[boot]; next[boot] == "" {
				next[boot] = from[boot]
			}
		}
	}
	if len(next) > 0 {
		text := next.String()
		merged.Next = &text
	}
	return merged
}

// fleetWatches lists the watches of all replicas.
func (d *door) fleetWatches(w http.ResponseWriter, r *http.Request) error {
	all, missing, err := everywhere(r.Context(), d,
		func(bus.Replica) (watchList, error) { return d.watchList(), nil },
		func(bus.Replica) bus.Question { return bus.Question{Method: http.MethodGet, Path: "/watches"} })
	if err != nil {
		return err
	}
	list := watchList{Watches: []watchState{}, Most: decision.MaxWatches, Unanswered: &missing}
	for _, p := range all {
		for _, one := range p.said.Watches {
			one.Replica = p.replica.Name
			list.Watches = append(list.Watches, one)
		}
	}
	return reply(w, list)
}

// fleetWatch begins a watch at each replica.
func (d *door) fleetWatch(w http.ResponseWriter, r *http.Request) error {
	body, err := decode[newWatch](w, r, maxBody)
	if err != nil {
		return err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	here, err := d.begin(body)
	if err != nil { // then it begins nowhere
		return err
	}
	all, missing, err := everywhere(r.Context(), d,
		func(bus.Replica) (decision.WatchState, error) { return here, nil },
		func(bus.Replica) bus.Question {
			return bus.Question{Method: http.MethodPost, Path: "/watches", Body: text}
		})
	if err != nil {
		return err
	}
	list := watchList{Watches: []watchState{}, Most: decision.MaxWatches, Unanswered: &missing}
	for _, p := range all {
		list.Watches = append(list.Watches, watchState{p.said, p.replica.Name})
	}
	return reply(w, list)
}
