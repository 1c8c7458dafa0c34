package main

import (
	"os/exec"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/worker"
)

func TestRuleWorkerEvaluatesForThePool(t *testing.T) {
	binary, err := exec.LookPath("dispatcher")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := worker.NewPool(worker.Options{Command: []string{binary, "rule-worker"}, TimeLimit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	// An empty request, whose method is UNKNOWN.
	r, err := pool.Evaluate(t.Context(), worker.Request{Source: `req => req.method === "UNKNOWN"`,
		Messages: [][]byte{{}}})
	if err != nil || !r.Native || len(r.Results) != 1 || !r.Results[0].Matched {
		t.Errorf("%+v, %v", r, err)
	}
}
