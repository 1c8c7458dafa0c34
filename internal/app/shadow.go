package app

import (
	"context"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/file"
	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// addShadow starts to compare with the configuration that spec.shadow names, if it does. What is wrong with that one is
// an error like any other.
func (a *App) addShadow(p *Pipeline, cfg *config.Config, n references) error {
	if n.shadow == nil {
		return nil
	}
	table, err := shadowTable(cfg, n.shadow)
	if err != nil {
		return err
	}
	p.shadowDigest = n.shadowDigest
	p.shadow = impact.NewShadow(table, cfg.File(cfg.Spec.Shadow), a.decisions.Mask(), func() { a.differences.Add(1) })
	return nil
}

// readShadow returns the text of the configuration that spec.shadow names; nil without one. The error is a
// *config.Error.
func readShadow(ctx context.Context, cfg *config.Config, in *file.Noted) ([]byte, error) {
	path := cfg.File(cfg.Spec.Shadow)
	if path == "" {
		return nil, nil
	}
	text, err := in.Read(ctx, path, config.MaxBytes)
	if err != nil {
		return nil, config.NewError([]config.Problem{cfg.Problem("spec.shadow", err.Error())})
	}
	return text, nil
}

// shadowTable compiles the rules of the configuration that spec.shadow names. The error is a *config.Error.
func shadowTable(cfg *config.Config, text []byte) (*routing.Table, error) {
	_, table, err := parse(cfg.File(cfg.Spec.Shadow), text)
	if err != nil {
		at := config.NewError([]config.Problem{cfg.Problem("spec.shadow", "the shadow configuration can't be used")})
		return nil, Merged(at, err)
	}
	return table, nil
}

// shadowReport returns how the shadow does; nil without one.
func (a *App) shadowReport() *impact.ShadowReport {
	e := a.enter()
	if e == nil {
		return nil
	}
	defer e.leave()
	if e.shadow == nil {
		return nil
	}
	return e.shadow.Report()
}
