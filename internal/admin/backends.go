package admin

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// backendsPage is how many processors and middlewares a call gets that doesn't say how many.
const backendsPage = 100

// backendChoice is which processors and middlewares a call asks for.
type backendChoice struct {
	page
	state   string // empty for all
	summary bool   // without instances and the like
}

func backendChoiceOf(query url.Values) (c backendChoice, err error) {
	if c.page, err = pageOf(query, backendsPage); err != nil {
		return c, err
	}
	if c.state, err = oneOf(query, "state", backend.FleetReady, backend.FleetDegraded, backend.FleetDown); err != nil {
		return c, err
	}
	fields, err := oneOf(query, "fields", "summary", "all")
	c.summary = fields == "summary"
	return c, err
}

func (c backendChoice) takes(b *backend.Backend) bool {
	return c.has(b.Ref(), b.Addr()) && (c.state == "" || c.state == b.State())
}

// backends lists processors and middlewares, in the order of the file.
func (d *door) backends(w http.ResponseWriter, r *http.Request) error {
	c, err := backendChoiceOf(r.URL.Query())
	if err != nil {
		return err
	}
	answer := struct {
		Total    int   `json:"total"` // of those that were asked for, on all pages
		Backends []any `json:"backends"`
	}{Backends: []any{}}
	d.opts.Backends(func(all []*backend.Backend) {
		taken := slices.DeleteFunc(slices.Clone(all), func(b *backend.Backend) bool { return !c.takes(b) })
		answer.Total = len(taken)
		last := d.lastFailures(cut(c.page, taken))
		for i, b := range cut(c.page, taken) {
			if c.summary {
				s := b.Summary()
				s.LastFailure = last[i]
				answer.Backends = append(answer.Backends, s)
				continue
			}
			s := b.Status()
			s.LastFailure = last[i]
			answer.Backends = append(answer.Backends, s)
		}
	})
	return reply(w, answer)
}

// lastFailures returns the last failure of each of those; nil where there was none. It has the decision where that is
// kept, and what the caller was told then.
func (d *door) lastFailures(of []*backend.Backend) []*backend.Failure {
	all := make([]*backend.Failure, len(of))
	at := map[decision.Stop]int{}
	var wanted []decision.Stop
	for i, b := range of {
		f := b.LastFailure()
		if f == nil {
			continue
		}
		shown := *f // others look at it, too
		shown.Message = d.opts.Decisions.Mask().Text(shown.Message, nil)
		all[i] = &shown
		code, _ := status.ParseCode(shown.Code) // it is one's name
		s := decision.Stop{Ref: b.Ref(), Role: string(b.Role()), Code: code}
		at[s] = i
		wanted = append(wanted, s)
	}
	for s, failed := range d.opts.Decisions.LastFailed(wanted) {
		f := all[at[s]]
		f.Decision = failed.ID
		if failed.Error != "" {
			f.Message = failed.Error
		}
	}
	return all
}
