package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

// world is the processors, and the dispatchers that run between them and the callers.
type world struct {
	dir        string
	options    options
	processors []string
	running    []func() // each ends a dispatcher
}

// result is what one table of rules costs.
type result struct {
	rules     int
	path      string
	addr      string
	cmd       *exec.Cmd
	conn      *grpc.ClientConn
	fileBytes int64

	ready, startCPU, reload, reloadCPU   time.Duration
	restP99, reloadP99, afterP99         time.Duration
	startBytes, reloadedBytes, mostBytes int64
	sockets                              int
	messageCPU                           []time.Duration // by callerCounts
	rounds                               [][]time.Duration
}

func newWorld(dir string, o options) (*world, error) {
	w := &world{dir: dir, options: o}
	for range o.places {
		addr, err := load.ServeProcessor()
		if err != nil {
			return nil, err
		}
		w.processors = append(w.processors, addr)
	}
	return w, nil
}

// stop ends the dispatchers.
func (w *world) stop() {
	for _, stop := range w.running {
		stop()
	}
}

// configuration is a file of rules. Each version differs from the others in one rule.
func (w *world) configuration(addr string, rules, version int) string {
	return load.Configuration{Addr: addr, Rules: rules, Processors: w.processors, Version: version}.YAML()
}

// start starts a dispatcher with so many rules, and waits until it is ready.
func (w *world) start(rules int) (*result, error) {
	addr, err := load.FreeAddr()
	if err != nil {
		return nil, err
	}
	r := &result{rules: rules, addr: addr, path: filepath.Join(w.dir, fmt.Sprintf("rules-%d.yaml", rules))}
	text := w.configuration(addr, rules, 0)
	r.fileBytes = int64(len(text))
	if err := os.WriteFile(r.path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	r.cmd = exec.CommandContext(context.Background(), w.options.binary, "--config", r.path)
	began := time.Now()
	stop, err := load.Start(r.cmd)
	if err != nil {
		return nil, err
	}
	w.running = append(w.running, stop)
	if err := load.AwaitReady(addr, began.Add(5*time.Minute)); err != nil {
		return nil, err
	}
	r.ready = time.Since(began)
	if r.startCPU, err = load.CPUTime(r.cmd.Process.Pid); err != nil {
		return nil, err
	}
	time.Sleep(settled)
	if r.startBytes, _, err = load.Memory(r.cmd.Process.Pid); err != nil {
		return nil, err
	}
	if r.sockets, err = load.Sockets(r.cmd.Process.Pid); err != nil {
		return nil, err
	}
	r.conn, err = load.Dial(addr)
	return r, err
}

// settled is how long it takes until a process has given back the memory that it doesn't need any more.
const settled = 3 * time.Second
