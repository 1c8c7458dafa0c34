package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

// world is the processors, and the dispatchers that run between them and the callers.
type world struct {
	dir        string
	options    options
	processors []string
	running    []*exec.Cmd
}

// result is what one table of rules costs.
type result struct {
	rules     int
	path      string
	addr      string
	cmd       *exec.Cmd
	conn      *grpc.ClientConn
	fileBytes int64

	ready, startCPU, reload, reloadCPU, restP99, reloadP99 time.Duration
	startBytes, reloadedBytes, mostBytes                   int64
	sockets                                                int
	messageCPU                                             []time.Duration // by callerCounts
	rounds                                                 [][]time.Duration
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
	for _, cmd := range w.running {
		_ = cmd.Process.Kill() // it may be gone
		_ = cmd.Wait()         // killed
	}
}

// domain is the one that rule n is for.
func domain(n int) string { return fmt.Sprintf("tenant-%06d.example.com", n) }

// configuration is a file of rules. Each version differs from the others in one rule.
func (w *world) configuration(addr string, rules, version int) string {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: bench\nspec:\n")
	fmt.Fprintf(&b, "  bindAddr: %s\n  processors:\n", addr)
	for n := range rules {
		name := domain(n)
		if n == 0 && version > 0 && rules > 1 { // nobody is from there then
			name = fmt.Sprintf("version-%d.example.com", version)
		}
		fmt.Fprintf(&b, "    - ref: tenant-%06d\n      addr: %s\n      methods: [INVITE, ACK, BYE, CANCEL]\n"+
			"      matchFunc: req => req.message.from.address.uri.host === %q\n",
			n, w.processors[n%len(w.processors)], name)
	}
	fmt.Fprintf(&b, "# version %d\n", version)
	return b.String()
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
	r.cmd.Env = append(os.Environ(), "LOGS_LEVEL=error")
	r.cmd.Stderr = os.Stderr
	began := time.Now()
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	w.running = append(w.running, r.cmd)
	if err := r.awaitReady(began.Add(5 * time.Minute)); err != nil {
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
	r.conn, err = grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	return r, err
}

// settled is how long it takes until a process has given back the memory that it doesn't need any more.
const settled = 3 * time.Second

// awaitReady waits until /readyz says ready.
func (r *result) awaitReady(until time.Time) error {
	for {
		code, err := r.ask(http.MethodGet, "/readyz")
		switch {
		case err == nil && code == http.StatusOK:
			return nil
		case time.Now().After(until):
			return fmt.Errorf("it doesn't get ready: %d, %w", code, err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// ask makes a request of the side door.
func (r *result) ask(method, path string) (code int, err error) {
	request, err := http.NewRequestWithContext(context.Background(), method, "http://"+r.addr+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
