package admin

import (
	"bytes"
	"html/template"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/visible"
	"github.com/fonoster/routr-dispatcher/web"
)

// page writes out what a browser would hide: a backspace that YAML made of \b is seen.
var page = template.Must(template.New("index.html").
	Funcs(template.FuncMap{"inc": func(i int) int { return i + 1 }, "shown": visible.Text}).
	ParseFS(web.Files, "index.html"))

// pageSample is a message that goes somewhere in the demo and in most configurations.
const pageSample = `{"ref":"demo-1","method":"MESSAGE","message":{"requestUri":{"user":"bob","host":"sip.local"},"body":"hello"}}`

func (d *door) page(w http.ResponseWriter, r *http.Request) error {
	cfg := d.opts.Snapshot().Config
	ready, _ := d.opts.Ready()
	view := struct {
		Ref, Source, Version, Addr, Sample string
		Ready, Demo                        bool
		Pre, Post                          []config.Middleware
		Processors                         []config.Processor
	}{
		Ref: cfg.Ref, Source: cfg.Name, Version: d.opts.Version, Addr: r.Host, Sample: pageSample,
		Ready: ready, Demo: d.opts.Demo, Processors: cfg.Spec.Processors,
	}
	for _, m := range cfg.Spec.Middlewares {
		if m.PostProcessor {
			view.Post = append(view.Post, m)
		} else {
			view.Pre = append(view.Pre, m)
		}
	}
	var body bytes.Buffer
	if err := page.Execute(&body, view); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body.Bytes()) // the peer left
	return nil
}
