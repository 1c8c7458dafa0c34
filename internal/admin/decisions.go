package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/paste"
)

// decisionList is one page of decisions.
type decisionList struct {
	Decisions []decision.Entry `json:"decisions"` // newest first
	Next      *string          `json:"next"`      // what to give as before to get the next page; null at the end
	Scanned   int              `json:"scanned"`   // decisions that were looked at
	Newest    string           `json:"newest"`    // of all, when this was asked: a stream after it goes on from here
	decision.Coverage
	// replicas that aren't in it; null where it is of one replica alone
	Unanswered *[]unanswered `json:"unanswered,omitempty"`
}

func (d *door) decisions(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	q, err := listed(query)
	if err != nil {
		return err
	}
	list, err := d.list(q)
	if err != nil {
		return err
	}
	return reply(w, list)
}

// list is one page of this replica's.
func (d *door) list(q decision.Query) (decisionList, error) {
	page, err := d.opts.Decisions.List(q)
	if err != nil {
		return decisionList{}, badList(err)
	}
	list := decisionList{Decisions: page.Entries, Scanned: page.Scanned, Newest: page.Newest}
	list.Coverage = d.opts.Decisions.Coverage()
	if page.More {
		list.Next = &page.Entries[len(page.Entries)-1].ID
	}
	return list, nil
}

// idOf is the id that a call is about.
func idOf(r *http.Request) string { return parameter(r, "id") }

// parameter is a part of the path, as its caller meant it. The router looks at the path as it was sent where net/http
// keeps that beside the decoded one: then it is still encoded.
func parameter(r *http.Request, name string) string {
	value := chi.URLParam(r, name)
	if r.URL.RawPath == "" {
		return value
	}
	plain, err := url.PathUnescape(value)
	if err != nil {
		return value // net/http decoded the whole path before
	}
	return plain
}

// listed reads what a list is asked for: limit, before, and a filter.
func listed(query url.Values) (q decision.Query, err error) {
	if q.Limit, err = number(query, "limit", 1, decision.MaxLimit, 100); err != nil {
		return q, err
	}
	if q.Before, err = single(query, "before"); err != nil {
		return q, err
	}
	q.Filter, err = filtered(query)
	return q, err
}

// filtered reads a filter from a query.
func filtered(query url.Values) (*decision.Filter, error) {
	terms := map[string][]string{}
	for _, name := range decision.Terms() {
		if values, there := query[name]; there {
			terms[name] = values
		}
	}
	f, err := decision.NewFilter(terms)
	if err != nil {
		return nil, badList(err)
	}
	return f, nil
}

// badList says which parameter of a list makes no sense.
func badList(err error) error {
	var term *decision.FilterError
	if errors.As(err, &term) {
		return badParameter(term.Name, term.Reason)
	}
	name, _, _ := strings.Cut(err.Error(), " ")
	return badParameter(name, err.Error())
}

func badParameter(name, detail string) *Problem {
	p := problem(http.StatusBadRequest, "request-invalid", "The parameter %.100q: %s.", name, detail)
	p.Path = name
	return p
}

func (d *door) decision(w http.ResponseWriter, r *http.Request) error {
	form, err := single(r.URL.Query(), "form")
	if err != nil {
		return err
	}
	if form != "" && form != "json" && form != "sip" {
		return badParameter("form", "form is json or sip")
	}
	entry, ok := d.opts.Decisions.Get(idOf(r))
	if !ok {
		if entry, ok, err = d.elsewhereDecision(r.Context(), idOf(r)); err != nil {
			return err
		}
	}
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
	return problem(http.StatusNotFound, "not-found", "There is no decision %.100q, or not any more; GET "+
		"/api/v1/decisions lists those that are kept.", idOf(r))
}
