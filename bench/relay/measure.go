package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

// sample is what came of one measurement.
type sample struct {
	CPU  float64 `json:"cpuMicros"` // a message, of the process in the middle and those that it started
	Rate float64 `json:"messagesPerSecond"`
	P50  float64 `json:"p50Micros"`
	P99  float64 `json:"p99Micros"`
	RSS  float64 `json:"rssMiB"` // at the end
}

// rounds measures every subject in turn, each time in a new process, in the reverse order every other time; and then at
// half of HAProxy's highest rate those for which that is asked for.
func (w *world) rounds(r *report) error {
	for round := range w.options.rounds {
		for _, f := range inTurn(r.Subjects, round) {
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, w.options.rounds, f.Name)
			if err := w.measure(f, func(run running, conns []*grpc.ClientConn) error {
				for i, callers := range w.options.callers {
					s, err := w.sample(f.subject, run, conns, callers, 0)
					if err != nil {
						return fmt.Errorf("%d callers: %w", callers, err)
					}
					f.add(i, callers, s)
				}
				return nil
			}); err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
		}
	}
	return w.paced(r)
}

// inTurn is all, in the reverse order in every other round.
func inTurn(all []*figures, round int) []*figures {
	all = slices.Clone(all)
	if round%2 == 1 {
		slices.Reverse(all)
	}
	return all
}

// paced measures latencies at half of HAProxy's highest rate, with the most callers.
func (w *world) paced(r *report) error {
	if r.PacedRate = r.peakOf("haproxy") / 2; r.PacedRate == 0 {
		return nil // it isn't measured
	}
	callers := slices.Max(w.options.callers)
	every := time.Duration(float64(callers) / r.PacedRate * float64(time.Second))
	for round := range w.options.rounds {
		for _, f := range inTurn(r.Subjects, round) {
			if !matches(w.options.paced, f.Name) {
				continue
			}
			fmt.Fprintf(os.Stderr, "round %d of %d, at half of HAProxy's rate: %s\n", round+1, w.options.rounds, f.Name)
			if err := w.measure(f, func(run running, conns []*grpc.ClientConn) error {
				s, err := w.sample(f.subject, run, conns, callers, every)
				f.Paced.add(s)
				return err
			}); err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
		}
	}
	return nil
}

// measure lets a subject run while do is at it.
func (w *world) measure(f *figures, do func(running, []*grpc.ClientConn) error) error {
	run, err := w.start(f.subject)
	if err != nil {
		return err
	}
	defer run.stop()
	var conns []*grpc.ClientConn
	for range w.options.connections {
		conn, err := load.Dial(run.addr)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }() // nothing is in flight
		conns = append(conns, conn)
	}
	if f.beside != nil {
		end, err := f.beside(run.addr)
		if err != nil {
			return err
		}
		defer end()
	}
	return do(run, conns)
}

// sample measures once, after a quarter of the time to get warm.
func (w *world) sample(
	s subject, run running, conns []*grpc.ClientConn, callers int, every time.Duration,
) (sample, error) {
	requests, err := load.Requests(callers, max(s.rules, 1))
	if err != nil {
		return sample{}, err
	}
	who := load.Callers{Requests: requests, Every: every}
	call := func(d time.Duration) ([]load.Call, error) {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return who.Run(ctx, conns...)
	}
	if _, err := call(w.options.time / 4); err != nil {
		return sample{}, err
	}
	before, _, err := run.used()
	if err != nil {
		return sample{}, err
	}
	start := time.Now()
	calls, err := call(w.options.time)
	if err != nil {
		return sample{}, err
	}
	took := time.Since(start)
	after, memory, err := run.used()
	micros := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
	return sample{
		CPU: micros(after-before) / float64(len(calls)), Rate: float64(len(calls)) / took.Seconds(),
		P50: micros(load.Percentile(calls, 0.5)), P99: micros(load.Percentile(calls, 0.99)),
		RSS: float64(memory) / (1 << 20),
	}, err
}

// used is the CPU time and the memory of the process in the middle, and of those that it started.
func (r running) used() (cpu time.Duration, memory int64, err error) {
	if r.pid == 0 {
		return 0, 0, nil
	}
	pids, err := load.Tree(r.pid)
	if err != nil {
		return 0, 0, err
	}
	for _, pid := range pids {
		c, err := load.CPUTime(pid)
		if err != nil {
			return 0, 0, err
		}
		m, _, err := load.Memory(pid)
		if err != nil {
			return 0, 0, err
		}
		cpu, memory = cpu+c, memory+m
	}
	return cpu, memory, nil
}
