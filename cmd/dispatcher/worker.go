package main

import "github.com/fonoster/routr-dispatcher/internal/worker"

// ruleWorkerCmd is what the dispatcher starts of itself to evaluate rules that come from elsewhere. It isn't for
// people.
type ruleWorkerCmd struct{}

// Run answers on the standard output until the standard input ends.
func (ruleWorkerCmd) Run(s streams) error { return worker.Main(s.in, s.bytes()) }
