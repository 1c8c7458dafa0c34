package backend

import "time"

// Status is what is known of one processor or middleware, for people and for readiness.
type Status struct {
	Ref       string     `json:"ref"`
	Role      Role       `json:"role"`
	Addr      []string   `json:"addr"`   // as configured
	Policy    string     `json:"policy"` // callId, roundRobin or leastRequest
	Healthy   int        `json:"healthy"`
	InFlight  int64      `json:"inFlight"`
	Calls     uint64     `json:"calls"`
	Retries   uint64     `json:"retries"` // calls tried again on another instance
	Failures  []Failures `json:"failures"`
	Latency   Latency    `json:"latency"`
	Instances []Instance `json:"instances"`
}

// Failures counts the calls that ended with one code.
type Failures struct {
	Code  string `json:"code"` // a gRPC code's name
	Calls uint64 `json:"calls"`
}

// Latency is how long calls take, in nanoseconds, over the recent ones; all zero where there were none.
type Latency struct {
	P50 int64 `json:"p50Ns"`
	P90 int64 `json:"p90Ns"`
	P99 int64 `json:"p99Ns"`
	Max int64 `json:"maxNs"`
}

// Instance is one address of a fleet.
type Instance struct {
	Addr         string     `json:"addr"`
	Weight       int        `json:"weight"`
	State        string     `json:"state"` // idle, connecting, ready, failing, unhealthy or ejected
	Reason       string     `json:"reason,omitempty"`
	InFlight     int64      `json:"inFlight"`
	Calls        uint64     `json:"calls"`
	Failures     uint64     `json:"failures"`
	EjectedUntil *time.Time `json:"ejectedUntil,omitempty"`
}
