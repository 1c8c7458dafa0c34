package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// askedFor is how long the others are waited for. A replica that takes longer is told of as one that didn't answer.
const askedFor = 5 * time.Second

// unanswered is a replica that isn't in an answer, and why.
type unanswered struct {
	Replica string `json:"replica"`
	Why     string `json:"why"`
}

// part is what one replica said.
type part[T any] struct {
	replica bus.Replica
	said    T
}

// ofFleet reports whether a call is about all replicas.
func ofFleet(query url.Values) (bool, error) {
	scope, err := oneOf(query, "scope", "replica", "fleet")
	return scope == "fleet", err
}

// scoped answers a call by this replica alone, or by all, as its parameter scope says.
func scoped(own, all handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		fleet, err := ofFleet(r.URL.Query())
		if err != nil {
			return err
		}
		if fleet {
			return all(w, r)
		}
		return own(w, r)
	}
}

// everywhere asks this replica by own, and the others by a question, at the same time. Where the question's method is
// empty, a replica isn't asked.
func everywhere[T any](
	ctx context.Context, d *door, own func(bus.Replica) (T, error), question func(bus.Replica) bus.Question,
) (all []part[T], missing []unanswered, err error) {
	ctx, cancel := context.WithTimeout(ctx, askedFor)
	defer cancel()
	var (
		mu   sync.Mutex
		work sync.WaitGroup
	)
	missing = []unanswered{}
	for _, r := range d.replicas() {
		q := question(r)
		if r.Self || q.Method == "" {
			continue
		}
		work.Go(func() {
			defer panics.Caught("ask another replica")
			said, why := askOne[T](ctx, d, r, q)
			mu.Lock()
			defer mu.Unlock()
			if why != "" {
				missing = append(missing, unanswered{r.Name, why})
				return
			}
			all = append(all, part[T]{r, said})
		})
	}
	self := bus.Replica{State: d.opts.Self(), Self: true}
	if question(self).Method != "" {
		said, failed := own(self)
		mu.Lock()
		all, err = append(all, part[T]{self, said}), failed
		mu.Unlock()
	}
	work.Wait()
	slices.SortFunc(all, func(a, b part[T]) int { return strings.Compare(a.replica.Name, b.replica.Name) })
	slices.SortFunc(missing, func(a, b unanswered) int { return strings.Compare(a.Replica, b.Replica) })
	return all, missing, err
}

// askOne returns what another replica says, or why it doesn't.
func askOne[T any](ctx context.Context, d *door, r bus.Replica, q bus.Question) (said T, why string) {
	if r.Silent {
		return said, "it hasn't been heard of for a while"
	}
	got, err := d.opts.Fleet.Ask(ctx, r.BootID, q)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return said, "it didn't answer in time"
	case err != nil:
		return said, err.Error()
	case got.Status != http.StatusOK:
		return said, problemIn(got)
	}
	if err := json.Unmarshal(got.Body, &said); err != nil {
		return said, "its answer can't be read: its version may be another one"
	}
	return said, ""
}

// problemIn says what a replica answered in place of what it was asked for.
func problemIn(got bus.Reply) string {
	var p Problem
	if json.Unmarshal(got.Body, &p) != nil || p.Detail == "" {
		p.Detail = http.StatusText(got.Status)
	}
	return fmt.Sprintf("it answered %d: %.300s", got.Status, p.Detail)
}

// elsewhere returns the other replica that gave an id; false where none of those that are known did.
func (d *door) elsewhere(id string) (bus.Replica, bool) {
	if d.opts.Fleet == nil {
		return bus.Replica{}, false
	}
	boot, _, _ := strings.Cut(id, "-")
	for _, r := range d.opts.Fleet.Replicas() {
		if r.BootID == boot && !r.Self {
			return r, true
		}
	}
	return bus.Replica{}, false
}

// forward answers a call about an id that another replica gave with that one's answer.
func (d *door) forward(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		other, ok := d.elsewhere(idOf(r))
		if !ok {
			return next(w, r)
		}
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		path := strings.TrimPrefix(r.URL.RequestURI(), "/api/v1")
		got, err := d.askAbout(r.Context(), other, bus.Question{Method: method, Path: path})
		if err != nil {
			return err
		}
		return send(w, http.StatusOK, got.ContentType, got.Body)
	}
}

// askAbout asks another replica for what it alone has. The error is what the caller is told.
func (d *door) askAbout(ctx context.Context, other bus.Replica, q bus.Question) (bus.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, askedFor)
	defer cancel()
	got, err := d.opts.Fleet.Ask(ctx, other.BootID, q)
	if err != nil {
		return got, problem(http.StatusBadGateway, "replica-silent",
			"The replica %.100q, which has it, didn't answer: %v.", other.Name, err)
	}
	if got.Status == http.StatusOK {
		return got, nil
	}
	var p Problem
	if json.Unmarshal(got.Body, &p) != nil || titles[strings.TrimPrefix(p.Type, typePrefix)] == "" {
		return got, problem(http.StatusBadGateway, "replica-silent",
			"The replica %.100q, which has it, answered with %d.", other.Name, got.Status)
	}
	return got, &p
}

// elsewhereDecision is a decision that another replica made; false where it is none of another's.
func (d *door) elsewhereDecision(ctx context.Context, id string) (e decision.Entry, ok bool, err error) {
	other, ok := d.elsewhere(id)
	if !ok {
		return e, false, nil
	}
	got, err := d.askAbout(ctx, other, bus.Question{Method: http.MethodGet, Path: "/decisions/" + url.PathEscape(id)})
	if err != nil {
		return e, false, err
	}
	if err := json.Unmarshal(got.Body, &e); err != nil {
		return e, false, problem(http.StatusBadGateway, "replica-silent",
			"What the replica %.100q answered can't be read: its version may be another one.", other.Name)
	}
	e.Replica = other.Name
	return e, true, nil
}
