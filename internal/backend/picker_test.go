package backend

import (
	"context"
	"fmt"
	"math"
	"testing"

	"google.golang.org/grpc/balancer"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// newPicker is a picker of instances with weights.
func newPicker(weights ...int) *picker {
	p := &picker{fleet: newFleet(Options{})}
	for n, w := range weights {
		p.add(newInstance(fmt.Sprintf("10.0.0.%d:1", n+1), w))
	}
	p.prepare()
	return p
}

// callBy is a call of req, whose instance is chosen by policy.
func callBy(p *picker, policy Policy, req *message.Request) *call {
	return &call{req: req, backend: &Backend{fleet: p.fleet, opts: view{Policy: policy}}}
}

// shares says what part of n calls each instance gets.
func shares(t *testing.T, p *picker, policy Policy, n int) []float64 {
	all := make([]float64, len(p.entries))
	for i := range n {
		c := callBy(p, policy, request(t, fmt.Sprint("call-", i)))
		chosen := p.choose(c)
		for e := range p.entries {
			if p.entries[e].instance == chosen.instance {
				all[e] += 1 / float64(n)
			}
		}
	}
	return all
}

func TestWeightsAreShares(t *testing.T) {
	weights := []int{1, 2, 5, 2}
	for _, policy := range []Policy{CallID, RoundRobin, LeastRequest} {
		t.Run(string(policy), func(t *testing.T) {
			for e, got := range shares(t, newPicker(weights...), policy, 20000) {
				if want := float64(weights[e]) / 10; math.Abs(got-want) > 0.02 {
					t.Errorf("instance %d with weight %d of 10 gets %.3f", e, weights[e], got)
				}
			}
		})
	}
}

func TestTurnsOfLargeWeightsAreRounded(t *testing.T) {
	weights := make([]int, 100)
	for n := range weights {
		weights[n] = 999
	}
	weights[0] = 1
	p := newPicker(weights...)
	if n := len(p.turns()); n > 4200 {
		t.Errorf("a round has %d turns", n)
	}
	seen := map[uint16]bool{}
	for _, turn := range p.turns() {
		seen[turn] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d of 100 instances get a turn", len(seen))
	}
}

func TestAChangeOfWeightMovesFewCalls(t *testing.T) {
	before, after := newPicker(10, 10, 10, 11), newPicker(10, 10, 10, 14)
	moved := 0
	for n := range 10000 {
		c := callBy(before, CallID, request(t, fmt.Sprint(n)))
		from, to := before.choose(c).addr, after.choose(c).addr
		if from != to {
			moved++
			if to != "10.0.0.4:1" {
				t.Fatalf("a call moved from %s to %s, whose weight didn't change", from, to)
			}
		}
	}
	if moved == 0 || moved > 1000 {
		t.Errorf("%d of 10000 calls moved", moved)
	}
}

func BenchmarkPick(b *testing.B) {
	for _, policy := range []Policy{CallID, RoundRobin, LeastRequest} {
		for _, n := range []int{1, 3, 100} {
			for _, weighted := range []bool{false, true} {
				if weighted && n == 1 {
					continue
				}
				weights := make([]int, n)
				for i := range weights {
					weights[i] = 1
					if weighted {
						weights[i] += i % 3
					}
				}
				p := newPicker(weights...)
				c := callBy(p, policy, request(b, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6@sip.local"))
				info := balancer.PickInfo{Ctx: context.WithValue(b.Context(), callKey{}, c)}
				b.Run(fmt.Sprintf("%s/instances=%d/weighted=%v", policy, n, weighted), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if _, err := p.Pick(info); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
