package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// hits are what the rules of a replica did.
type hits struct {
	Rules    []ruleHits `json:"rules"`
	Unrouted uint64     `json:"unrouted"`
}

// ruleHits are those of one rule, which other replicas know by its ref and its text.
type ruleHits struct {
	Ref    string `json:"ref"`
	Digest string `json:"digest"` // of its matchFunc
	decision.RuleState
}

// digestOf tells the texts of a ref's rules apart.
func digestOf(matchFunc string) string {
	sum := sha256.Sum256([]byte(matchFunc))
	return hex.EncodeToString(sum[:8])
}

// ownHits tells another replica what the rules did here.
func (d *door) ownHits(w http.ResponseWriter, _ *http.Request) error {
	s := d.opts.Snapshot()
	states, unrouted := d.opts.Decisions.RuleStates(s.Dispatcher.Counts)
	all := hits{Rules: make([]ruleHits, 0, len(states)), Unrouted: unrouted}
	for i, p := range s.Config.Spec.Processors[:min(len(states), len(s.Config.Spec.Processors))] {
		if states[i].Hits > 0 || states[i].Errors > 0 {
			all.Rules = append(all.Rules, ruleHits{p.Ref, digestOf(p.MatchFunc), states[i]})
		}
	}
	return reply(w, all)
}

// fleetStates adds what the rules did at the other replicas to what they did here.
func (d *door) fleetStates(
	ctx context.Context, s Snapshot, states []decision.RuleState, unrouted uint64,
) ([]decision.RuleState, uint64, []unanswered, error) {
	all, missing, err := everywhere(ctx, d,
		func(bus.Replica) (hits, error) { return hits{}, nil }, // they are in states
		func(bus.Replica) bus.Question { return bus.Question{Method: http.MethodGet, Path: "/fleet/hits"} })
	if err != nil {
		return nil, 0, nil, err
	}
	type key struct{ ref, digest string }
	at := map[key]int{}
	for i, p := range s.Config.Spec.Processors {
		at[key{p.Ref, digestOf(p.MatchFunc)}] = i
	}
	for _, p := range all {
		unrouted += p.said.Unrouted
		for _, rule := range p.said.Rules {
			if i, known := at[key{rule.Ref, rule.Digest}]; known && i < len(states) {
				states[i] = states[i].Beside(rule.RuleState)
			}
		}
	}
	return states, unrouted, missing, nil
}
