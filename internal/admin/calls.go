package admin

import (
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// callList is one page of calls.
type callList struct {
	Calls   []decision.CallRow `json:"calls"`   // the one with the newest message first
	Next    *string            `json:"next"`    // what to give as before to get the next page; null at the end
	Scanned int                `json:"scanned"` // decisions that were looked at
	decision.Coverage

	// of the fleet: there are older ones, and replicas that aren't in it
	More       bool          `json:"more,omitempty"`
	Unanswered *[]unanswered `json:"unanswered,omitempty"`
}

func (d *door) phoneCalls(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	q, err := listed(query)
	if err != nil {
		return err
	}
	list, err := d.callList(q, query["state"])
	if err != nil {
		return err
	}
	return reply(w, list)
}

func (d *door) callList(q decision.Query, states []string) (callList, error) {
	page, err := d.opts.Decisions.Calls(q, states)
	if err != nil {
		return callList{}, badList(err)
	}
	list := callList{Calls: page.Calls, Scanned: page.Scanned, Coverage: d.opts.Decisions.Coverage()}
	if page.More {
		list.Next = &page.Calls[len(page.Calls)-1].LastID
	}
	return list, nil
}

// callMessages is what is kept of one call.
type callMessages struct {
	CallID    string           `json:"callId"`
	Decisions []decision.Entry `json:"decisions"` // oldest first, with their messages
	LeftOut   int              `json:"leftOut"`   // older ones that are kept, too
	decision.Coverage
}

func (d *door) phoneCall(w http.ResponseWriter, r *http.Request) error {
	callID := parameter(r, "callId")
	found := d.opts.Decisions.Call(callID)
	if len(found.Entries) == 0 {
		return problem(http.StatusNotFound, "not-found",
			"No decision on a message with the Call-ID %.100q is kept; GET /api/v1/calls lists calls.", callID)
	}
	return reply(w, callMessages{found.Entries[0].CallID, found.Entries, found.LeftOut, d.opts.Decisions.Coverage()})
}
