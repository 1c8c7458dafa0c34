// Package admin is the side door: what people see of the dispatcher in a browser. It looks at traffic and never gets
// into its way. Package app mounts it beside the wire's door.
package admin

import (
	"bytes"
	"html/template"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/web"
)

// State is what the console shows.
type State struct {
	Config  *config.Config
	Demo    bool
	Version string
	Ready   func() bool
}

// Handle mounts the console at / for people on this machine.
func Handle(mux *http.ServeMux, state State) {
	mux.Handle("GET /{$}", guard(http.HandlerFunc(state.page)))
	mux.Handle("GET /style.css", guard(http.FileServerFS(web.Files)))
}

var page = template.Must(template.New("index.html").
	Funcs(template.FuncMap{"inc": func(i int) int { return i + 1 }}).
	ParseFS(web.Files, "index.html"))

// sample is a message that goes somewhere in the demo and in most configurations.
const sample = `{"ref":"demo-1","method":"MESSAGE","message":{"requestUri":{"user":"bob","host":"sip.local"},"body":"hello"}}`

func (s State) page(w http.ResponseWriter, r *http.Request) {
	view := struct {
		Ref, Source, Version, Addr, Sample string
		Ready, Demo                        bool
		Pre, Post                          []config.Middleware
		Processors                         []config.Processor
	}{
		Ref: s.Config.Ref, Source: s.Config.Name, Version: s.Version, Addr: r.Host, Sample: sample,
		Ready: s.Ready(), Demo: s.Demo, Processors: s.Config.Spec.Processors,
	}
	for _, m := range s.Config.Spec.Middlewares {
		if m.PostProcessor {
			view.Post = append(view.Post, m)
		} else {
			view.Pre = append(view.Pre, m)
		}
	}
	var body bytes.Buffer
	if err := page.Execute(&body, view); err != nil {
		http.Error(w, "the page can't be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body.Bytes()) // the peer left
}
