package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

// callerCounts are how many call at once while CPU a message is measured.
var callerCounts = []int{1, 16}

// measure measures dispatchers that are ready: messages, and then reloads.
func (w *world) measure(all []*result) error {
	for range w.options.rounds {
		for _, r := range all {
			if err := w.messages(r); err != nil {
				return fmt.Errorf("%d rules: %w", r.rules, err)
			}
		}
	}
	for _, r := range all {
		for i := range callerCounts {
			var costs []time.Duration
			for _, round := range r.rounds {
				costs = append(costs, round[i])
			}
			slices.Sort(costs)
			r.messageCPU = append(r.messageCPU, costs[len(costs)/2])
		}
		if err := w.reloads(r); err != nil {
			return fmt.Errorf("%d rules: %w", r.rules, err)
		}
	}
	return nil
}

// callers are n callers, each with requests from many domains.
func (r *result) callers(n int, every time.Duration) (load.Callers, error) {
	requests, err := load.Requests(n, r.rules)
	return load.Callers{Requests: requests, Every: every}, err
}

// call calls for a while.
func (r *result) call(c load.Callers, duration time.Duration) ([]load.Call, error) {
	ctx, cancel := context.WithTimeout(context.Background(), duration)
	defer cancel()
	return c.Run(ctx, r.conn)
}

// messages adds a round of what a message costs.
func (w *world) messages(r *result) error {
	var round []time.Duration
	for _, n := range callerCounts {
		c, err := r.callers(n, 0)
		if err != nil {
			return err
		}
		if _, err := r.call(c, w.options.time/5); err != nil { // warm-up
			return err
		}
		before, err := load.CPUTime(r.cmd.Process.Pid)
		if err != nil {
			return err
		}
		calls, err := r.call(c, w.options.time)
		if err != nil {
			return err
		}
		after, err := load.CPUTime(r.cmd.Process.Pid)
		if err != nil {
			return err
		}
		round = append(round, (after-before)/time.Duration(len(calls)))
	}
	r.rounds = append(r.rounds, round)
	return nil
}

// reloads measures reloads: what one costs without messages, and how long messages take while it goes on, and after it.
func (w *world) reloads(r *result) error {
	before, err := load.CPUTime(r.cmd.Process.Pid)
	if err != nil {
		return err
	}
	version := 0
	reload := func() (began, ended time.Time, err error) {
		version++
		if err := os.WriteFile(r.path, []byte(w.configuration(r.addr, r.rules, version)), 0o600); err != nil {
			return began, ended, err
		}
		time.Sleep(20 * time.Millisecond) // what making it held up is none of the reload's
		began = time.Now()
		code, err := load.Ask(http.MethodPost, "http://"+r.addr+"/api/v1/reload")
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("reload: status %d", code)
		}
		return began, time.Now(), err
	}
	for range w.options.reloads {
		began, ended, err := reload()
		if err != nil {
			return err
		}
		r.reload += ended.Sub(began) / time.Duration(w.options.reloads)
	}
	time.Sleep(settled) // what it does afterwards is part of it
	after, err := load.CPUTime(r.cmd.Process.Pid)
	if err != nil {
		return err
	}
	r.reloadCPU = (after - before) / time.Duration(w.options.reloads)
	if r.reloadedBytes, r.mostBytes, err = load.Memory(r.cmd.Process.Pid); err != nil {
		return err
	}
	return w.whileReloading(r, reload)
}

// whileReloading measures how long messages take at rest, during reloads and in the second after: 500 a second, which
// no machine is busy with.
func (w *world) whileReloading(r *result, reload func() (began, ended time.Time, err error)) error {
	c, err := r.callers(4, 8*time.Millisecond)
	if err != nil {
		return err
	}
	rest, err := r.call(c, w.options.time)
	if err != nil {
		return err
	}
	r.restP99 = load.Percentile(rest, 0.99)
	ctx, stop := context.WithCancel(context.Background())
	type outcome struct {
		calls []load.Call
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		calls, err := c.Run(ctx, r.conn)
		done <- outcome{calls, err}
	}()
	var during, after spans
	for range w.options.reloads {
		began, ended, reloadErr := reload()
		if reloadErr != nil {
			err = reloadErr
			break
		}
		time.Sleep(collected)
		during, after = append(during, span{began, ended}), append(after, span{ended, ended.Add(collected)})
	}
	stop()
	o := <-done
	if err != nil || o.err != nil {
		return fmt.Errorf("messages while it reloads: %w, %w", err, o.err)
	}
	r.reloadP99 = load.Percentile(during.of(o.calls), 0.99)
	r.afterP99 = load.Percentile(after.of(o.calls), 0.99)
	return nil
}

// collected is how long it takes until the garbage of a reload is collected.
const collected = time.Second

type (
	span  struct{ began, ended time.Time }
	spans []span
)

// of returns the calls that weren't over when one of the spans began, and began before it ended.
func (all spans) of(calls []load.Call) []load.Call {
	return slices.DeleteFunc(slices.Clone(calls), func(c load.Call) bool {
		return !slices.ContainsFunc(all, func(s span) bool {
			return c.Start.Before(s.ended) && c.Start.Add(c.Took).After(s.began)
		})
	})
}
