package admin

import (
	"bytes"
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// answers lists the calls that other replicas may make over the bus. Whoever asks there has the token, so these are the
// calls of the API with the same answers, masked alike; nothing among them changes what runs.
func (d *door) answers() chi.Router {
	r := chi.NewRouter()
	on := func(method, path string, h handler) { r.MethodFunc(method, "/api/v1"+path, d.counted(h)) }
	get := func(path string, h handler) { on(http.MethodGet, path, inTurn(h)) }

	get("/decisions", strict(d.decisions))
	get("/decisions/{id}", strict(d.decision))
	get("/decisions/{id}/test", strict(d.decisionTest))
	get("/calls", strict(d.phoneCalls))
	get("/watches", d.watches)
	get("/watches/{id}", d.watched)
	on(http.MethodPost, "/watches", d.watch)
	on(http.MethodDelete, "/watches/{id}", d.unwatch)

	get("/fleet/hits", d.ownHits) // these are for replicas alone
	on(http.MethodGet, "/fleet/since", d.since)
	get("/fleet/messages", d.ownMessages)
	r.NotFound(d.counted(func(http.ResponseWriter, *http.Request) error {
		return problem(http.StatusNotFound, "not-found", "Replicas don't ask each other for this.")
	}))
	return r
}

// Answer answers another replica. It is safe for concurrent use.
func (g Guard) Answer(ctx context.Context, q bus.Question) bus.Reply {
	rec := &recorder{header: http.Header{}}
	r, err := http.NewRequestWithContext(ctx, q.Method, "http://fleet/api/v1"+q.Path, bytes.NewReader(q.Body))
	if err != nil {
		return bus.Reply{Status: http.StatusBadRequest}
	}
	r.RemoteAddr = "fleet"
	r.Header.Set("Content-Type", "application/json")
	if !panics.Do("answer another replica", func() { g.door.bus.ServeHTTP(rec, r) }) {
		return bus.Reply{Status: http.StatusInternalServerError}
	}
	return bus.Reply{Status: rec.status, ContentType: rec.header.Get("Content-Type"), Body: rec.body.Bytes()}
}

// recorder keeps an answer, which a handler writes whole.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
