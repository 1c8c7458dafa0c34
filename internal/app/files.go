package app

import (
	"context"
	"fmt"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/file"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// CheckFiles opens the files that a configuration names, as serving it does, and leaves nothing behind. The error is a
// *config.Error with all that can't be used, each at the place that names it.
func CheckFiles(cfg *config.Config) error {
	ctx, in := context.Background(), &file.Noted{}
	_, tokenErr := readToken(ctx, cfg, in)
	text, shadowErr := readShadow(ctx, cfg, in)
	if text != nil {
		_, shadowErr = shadowTable(cfg, text)
	}
	return Merged(checkServerTLS(cfg), checkBackendTLS(cfg), tokenErr, shadowErr, checkSinks(cfg), checkFleet(cfg))
}

// maxPEM bounds a TLS file.
const maxPEM = 4 << 20

// namedFile is a file that stands at a path of the resource.
type namedFile struct{ path, file string }

// checkTLS reads each file by itself, so that every one that can't be read is named, and then tries them together.
func checkTLS(cfg *config.Config, path string, files []namedFile, together func() error) error {
	var problems []config.Problem
	for _, f := range files {
		if f.file == "" {
			continue
		}
		if _, err := file.Read(context.Background(), cfg.File(f.file), maxPEM); err != nil {
			problems = append(problems, cfg.Problem(path+"."+f.path, err.Error()))
		}
	}
	if len(problems) == 0 {
		if err := together(); err != nil {
			problems = append(problems, cfg.Problem(path, err.Error()))
		}
	}
	return config.NewError(problems)
}

func checkServerTLS(cfg *config.Config) error {
	t := cfg.Spec.TLS
	if t == nil || t.Cert == "" || t.Key == "" { // which is a problem of its own
		return nil
	}
	return checkTLS(cfg, "spec.tls",
		[]namedFile{{"cert", t.Cert}, {"key", t.Key}, {"clientCA", t.ClientCA}}, serverTLS(cfg).Check)
}

// serverTLS names the files of spec.tls.
func serverTLS(cfg *config.Config) *server.TLS {
	t := cfg.Spec.TLS
	return &server.TLS{Cert: cfg.File(t.Cert), Key: cfg.File(t.Key), ClientCA: cfg.File(t.ClientCA)}
}

// checkBackendTLS looks at what processors and middlewares are called with.
func checkBackendTLS(cfg *config.Config) error {
	check := func(path string, t *config.ClientTLS) error {
		if t == nil || (t.Cert == "") != (t.Key == "") { // which is a problem of its own
			return nil
		}
		return checkTLS(cfg, path+".tls", []namedFile{{"ca", t.CA}, {"cert", t.Cert}, {"key", t.Key}},
			clientTLS(cfg, t).Check)
	}
	var errs []error
	for i, m := range cfg.Spec.Middlewares {
		errs = append(errs, check(fmt.Sprintf("spec.middlewares[%d]", i), m.TLS))
	}
	for i, p := range cfg.Spec.Processors {
		errs = append(errs, check(fmt.Sprintf("spec.processors[%d]", i), p.TLS))
	}
	return Merged(errs...)
}

// clientTLS names the files of a backend's tls.
func clientTLS(cfg *config.Config, t *config.ClientTLS) *backend.TLS {
	return &backend.TLS{CA: cfg.File(t.CA), Cert: cfg.File(t.Cert), Key: cfg.File(t.Key), ServerName: t.ServerName}
}

// checkSinks says whether decisions could be written to where spec.decisions says.
func checkSinks(cfg *config.Config) error {
	var problems []config.Problem
	if f := cfg.Spec.Decisions.File; f != nil {
		if err := decision.CheckFile(cfg.File(f.Path)); err != nil {
			problems = append(problems, cfg.Problem("spec.decisions.file.path", err.Error()))
		}
	}
	if n := cfg.Spec.Decisions.NATS; n != nil {
		if _, err := bus.NewSink(natsServer(cfg, n.URL, n.Credentials), n.Subject); err != nil {
			problems = append(problems, cfg.Problem("spec.decisions.nats", err.Error()))
		}
	}
	return config.NewError(problems)
}
