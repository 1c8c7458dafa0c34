package app

import (
	"context"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/file"
)

// noteTLS notes the files that calls of processors and middlewares are secured by. They are read when connections are
// made; here they tell that an attempt that failed over one is worth another.
func noteTLS(ctx context.Context, in *file.Noted, cfg *config.Config) {
	noted := map[string]bool{}
	note := func(t *config.ClientTLS) {
		if t == nil {
			return
		}
		for _, path := range []string{t.CA, t.Cert, t.Key} {
			if path = cfg.File(path); path != "" && !noted[path] {
				noted[path] = true
				_, _ = in.Read(ctx, path, maxPEM) // which notes the error
			}
		}
	}
	for _, m := range cfg.Spec.Middlewares {
		note(m.TLS)
	}
	for _, p := range cfg.Spec.Processors {
		note(p.TLS)
	}
}
