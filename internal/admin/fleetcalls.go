package admin

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// fleetCalls lists the calls of all replicas as one list, a page of it. A call that several had is one row.
func (d *door) fleetCalls(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	if query.Get("before") != "" {
		return badParameter("before",
			"of the fleet there is one page: since, until or another filter finds what isn't on it")
	}
	states := query["state"]
	takes, err := decision.InStates(states)
	if err != nil {
		return badList(err)
	}
	query.Del("scope")
	q, err := listed(query)
	if err != nil {
		return err
	}
	limit := q.Limit
	if !failedAlone(states) { // another replica may know more of how far a call got
		states, q.Limit = nil, decision.MaxLimit
		query.Del("state")
		query.Set("limit", strconv.Itoa(decision.MaxLimit))
	}
	all, missing, err := everywhere(r.Context(), d,
		func(bus.Replica) (callList, error) { return d.callList(q, states) },
		func(bus.Replica) bus.Question {
			return bus.Question{Method: http.MethodGet, Path: "/calls?" + query.Encode()}
		})
	if err != nil {
		return err
	}
	merged := mergeCalls(all)
	merged.Calls = slices.DeleteFunc(merged.Calls, func(c decision.CallRow) bool { return !takes(c.State) })
	if len(merged.Calls) > limit {
		merged.Calls, merged.More = merged.Calls[:limit], true
	}
	merged.Unanswered = &missing
	return reply(w, merged)
}

// failedAlone reports whether calls that failed are asked for, or any: a call failed where it failed at one replica.
func failedAlone(states []string) bool {
	return len(states) == 0 || len(states) == 1 && decision.CallState(states[0]) == decision.CallFailed
}

// mergeCalls makes one list of those of all, the call with the newest message first.
func mergeCalls(all []part[callList]) callList {
	merged := callList{Calls: []decision.CallRow{}}
	at := map[string]int{}
	for _, p := range all {
		merged.Scanned += p.said.Scanned
		merged.Coverage = merged.Coverage.Beside(p.said.Coverage)
		merged.More = merged.More || p.said.Next != nil
		for _, c := range p.said.Calls {
			if c.LostResponses == nil { // a replica of an older build doesn't know them
				c.LostResponses = []string{}
			}
			if i, known := at[c.CallID]; known {
				merged.Calls[i] = merged.Calls[i].Beside(c)
				continue
			}
			at[c.CallID] = len(merged.Calls)
			merged.Calls = append(merged.Calls, c)
		}
	}
	slices.SortStableFunc(merged.Calls, func(a, b decision.CallRow) int { return b.Last.Compare(a.Last) })
	return merged
}
