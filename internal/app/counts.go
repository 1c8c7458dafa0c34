package app

import (
	"context"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// counts are those of cfg's rules: what the current configuration has, too, is counted on.
func (a *App) counts(cfg *config.Config) *decision.RuleCounts {
	keys := make([]decision.RuleKey, len(cfg.Spec.Processors))
	for i, p := range cfg.Spec.Processors {
		keys[i] = decision.RuleKey{Ref: p.Ref, Source: p.MatchFunc}
	}
	var before *decision.RuleCounts
	if e := a.current.Load(); e != nil {
		before = e.Counts
	}
	return decision.NewRuleCounts(keys, time.Now(), before)
}

// sampleOverlaps looks for rules that take the same messages, until ctx ends.
func (a *App) sampleOverlaps(ctx context.Context) {
	a.overlaps.Run(ctx, a.decisions, func() (uint64, *routing.Table) {
		e := a.current.Load()
		return e.number(), e.table
	})
}
