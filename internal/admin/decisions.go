package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/paste"
)

// decisionList is one page of decisions.
type decisionList struct {
	Decisions []decision.Entry `json:"decisions"` // newest first
	Next      *string          `json:"next"`      // what to give as before to get the next page; null at the end
}

func (d *door) decisions(w http.ResponseWriter, r *http.Request) error {
	f, err := filter(r)
	if err != nil {
		return err
	}
	entries, err := d.opts.Decisions.List(f)
	if err != nil {
		name, _, _ := strings.Cut(err.Error(), " ")
		return badParameter(name, err.Error())
	}
	list := decisionList{Decisions: entries}
	if len(entries) == f.Limit {
		list.Next = &entries[len(entries)-1].ID
	}
	return reply(w, list)
}

// filter reads the query of a list.
func filter(r *http.Request) (decision.Filter, error) {
	query, err := parameters(r, "limit", "before", "callId", "method", "processor", "code", "since")
	if err != nil {
		return decision.Filter{}, err
	}
	f := decision.Filter{
		Limit: 100, Before: query.Get("before"), CallID: query.Get("callId"), Method: query.Get("method"),
		Processor: query.Get("processor"), Code: query.Get("code"),
	}
	if text := query.Get("limit"); text != "" {
		if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 1 || f.Limit > decision.MaxLimit {
			return f, badParameter("limit", "limit is a number from 1 to "+strconv.Itoa(decision.MaxLimit))
		}
	}
	if text := query.Get("since"); text != "" {
		if f.Since, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return f, badParameter("since", "since is a time such as 2026-01-31T12:00:00Z; a + in it is written %2B")
		}
	}
	return f, nil
}

// parameters reads a query strictly: a parameter that nobody knows is an error rather than a filter that does nothing.
func parameters(r *http.Request, known ...string) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem(http.StatusBadRequest, "request-invalid", "The query can't be read: %v.", err)
	}
	for name, values := range query {
		if !slices.Contains(known, name) {
			return nil, badParameter(name, "no parameter has this name; there are "+strings.Join(known, ", "))
		}
		if len(values) > 1 {
			return nil, badParameter(name, "the parameter is there more than once")
		}
	}
	return query, nil
}

func badParameter(name, detail string) *Problem {
	p := problem(http.StatusBadRequest, "request-invalid", "The parameter %.100q: %s.", name, detail)
	p.Path = name
	return p
}

func (d *door) decision(w http.ResponseWriter, r *http.Request) error {
	query, err := parameters(r, "form")
	if err != nil {
		return err
	}
	form := query.Get("form")
	if form != "" && form != "json" && form != "sip" {
		return badParameter("form", "form is json or sip")
	}
	entry, ok := d.opts.Decisions.Get(chi.URLParam(r, "id"))
	switch {
	case !ok:
		return unknownDecision(r)
	case form == "sip":
		return decisionSIP(w, entry)
	}
	return reply(w, entry)
}

// decisionSIP writes a decision's message as the SIP text of which an EdgePort would make it.
func decisionSIP(w http.ResponseWriter, entry decision.Entry) error {
	if entry.Message == nil {
		return messageNotKept()
	}
	wire, err := paste.FromJSON(entry.Message)
	if err != nil {
		return err
	}
	text, exact, err := paste.Text(wire)
	if err != nil {
		return err
	}
	w.Header().Set("X-Reads-Back", strconv.FormatBool(exact))
	return send(w, http.StatusOK, plainText, []byte(text))
}

func messageNotKept() *Problem {
	return problem(http.StatusNotFound, "message-not-kept",
		"The message of this decision wasn't kept: spec.decisions.keepMessages says for how many it is.")
}

func unknownDecision(r *http.Request) *Problem {
	return problem(http.StatusNotFound, "not-found", "There is no decision %.100q, or not any more; GET /api/v1/decisions lists those that are kept.", chi.URLParam(r, "id"))
}
