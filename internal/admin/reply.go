package admin

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// handler answers one call, by writing the whole reply or by returning an error without having written anything.
type handler func(w http.ResponseWriter, r *http.Request) error

// guarded lets in whom the access rules allow, and answers with problem details what a handler returns as an error
// or panics with.
func (d *door) guarded(next handler) http.HandlerFunc {
	counted := d.counted(next)
	return func(w http.ResponseWriter, r *http.Request) {
		secured(w.Header())
		defer d.recovered(w, r)
		if p := d.access.check(r); p != nil {
			d.refuse(w, r, p)
			return
		}
		counted(w, r)
	}
}

// counted is guarded for whom the door is open. What a call holds is taken from the budget.
func (d *door) counted(next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := &countedBody{ReadCloser: r.Body, share: d.opts.Budget.Begin(r.Context())}
		defer body.share.End()
		if !body.share.Take(requestBytes) {
			d.refuse(w, r, noRoom())
			return
		}
		r.Body = body
		w = &answer{w, r, d.packers, &body.share, func() {}}
		if err := next(w, r); err != nil {
			d.refuse(w, r, err)
		}
	}
}

// recovered turns a panic into an answer, unless the reply has begun: then the connection is the only thing to end.
func (d *door) recovered(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // net/http panics with this very value
		panic(v)
	}
	panics.Note("answer "+r.Method+" of the admin API", v)
	d.refuse(w, r,
		problem(http.StatusInternalServerError, "internal", "The dispatcher couldn't answer; its log says why."))
}

// maxPath is how much of a path is shown.
const maxPath = 256

// refuse writes problem details.
func (d *door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	p.Path = visible.Cut(p.Path, maxPath) // it may be the name that the caller gave a member
	level := slog.LevelDebug
	if p.cause != nil {
		level = slog.LevelError
	}
	d.opts.Log.Log(r.Context(), level, "admin: call refused",
		"method", r.Method, "path", visible.Cut(r.URL.Path, maxPath), "status", p.Status, "type", p.Type,
		"peer", r.RemoteAddr, "cause", p.cause)
	for name, values := range p.header {
		w.Header()[name] = values
	}
	if err := write(w, p.Status, "application/problem+json", p); err != nil {
		d.opts.Log.Error("admin: problem details can't be encoded", "error", err)
		http.Error(w, p.Title, p.Status)
	}
}

// reply writes v as JSON.
func reply(w http.ResponseWriter, v any) error { return write(w, http.StatusOK, "application/json", v) }

// write encodes v before it writes anything, so that what can't be encoded, or has no room, becomes an error that is
// answered.
func write(w http.ResponseWriter, status int, contentType string, v any) error {
	var body bytes.Buffer
	encoder := json.NewEncoder(visible.NewWriter(&body)) // people look at it in terminals
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return send(w, status, contentType, body.Bytes())
}

// plainText is the media type of texts for people.
const plainText = "text/plain; charset=utf-8"

// send writes a body, if there is room for it and the caller doesn't have it already. JSON is compressed for who takes
// that.
func send(w http.ResponseWriter, status int, contentType string, body []byte) error {
	if a, ok := w.(*answer); ok {
		w.Header().Set("Vary", "Accept-Encoding")
		if a.unchanged(status, body) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		body = a.packed(contentType, body)
		if !a.hold(len(body)) {
			w.Header().Del("Content-Encoding")
			w.Header().Del("Etag")
			return noRoom()
		}
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the peer left
	return nil
}
