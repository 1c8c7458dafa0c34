package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

// world is what the subjects stand in.
type world struct {
	dir                   string
	options               options
	processor, middleware string // addresses
}

// subject is what may stand between the callers and the processor.
type subject struct {
	name, says string
	rules      int // that the requests are for
	// command is the process that listens at addr; nil where the callers call the processor.
	command func(addr string) (*exec.Cmd, error)
	// beside is what goes on beside the calls, until what it returns is called.
	beside func(addr string) (end func(), err error)
}

// running is a subject that runs.
type running struct {
	addr string
	pid  int // 0 where there is no process
	stop func()
}

// subjects are all that can be measured here, in the order in which they are.
func (w *world) subjects() (all []subject, err error) {
	all = []subject{{name: "direct", says: "nothing in the middle", rules: 1}}
	for _, s := range []struct {
		program string
		subject subject
	}{
		{"haproxy", subject{says: "HAProxy, as many threads as CPUs", command: w.haproxy}},
		{"nginx", subject{says: "nginx, grpc_pass, as many workers as CPUs", command: w.nginx}},
	} {
		if _, err := exec.LookPath(s.program); err != nil {
			w.missing(s.program, "isn't installed")
			continue
		}
		s.subject.name = s.program
		all = append(all, s.subject)
	}
	all = append(all,
		subject{name: "bare-grpc", says: "grpc-go on both sides, raw bytes", command: w.bare("grpc")},
		subject{name: "bare-connect", says: "connect-go in, grpc-go out, raw bytes", command: w.bare("connect")})
	if _, err := os.Stat("test/interop/node_modules"); err == nil {
		all = append(all, subject{name: "node", says: "a relay of the Node dispatcher's libraries", command: w.node})
	} else {
		w.missing("node", "needs npm ci --prefix test/interop")
	}
	own, err := w.dispatchers("", w.options.binary)
	all = append(all, own...)
	if err == nil && w.options.before != "" {
		var before []subject
		before, err = w.dispatchers("before:", w.options.before)
		all = append(all, before...)
	}
	return all, err
}

// missing says that a subject that was asked for isn't measured.
func (w *world) missing(name, why string) {
	if matches(w.options.subjects, name) {
		fmt.Fprintf(os.Stderr, "%s %s, so it isn't measured\n", name, why)
	}
}

// start starts a subject, and waits until a call through it is answered.
func (w *world) start(s subject) (running, error) {
	r := running{addr: w.processor, stop: func() {}}
	if s.command != nil {
		var err error
		if r.addr, err = load.FreeAddr(); err != nil {
			return r, err
		}
		cmd, err := s.command(r.addr)
		if err != nil {
			return r, err
		}
		if r.stop, err = load.Start(cmd); err != nil {
			return r, err
		}
		r.pid = cmd.Process.Pid
	}
	if err := w.awaitAnswer(s, r.addr); err != nil {
		r.stop()
		return r, err
	}
	return r, nil
}

func (w *world) awaitAnswer(s subject, addr string) error {
	conn, err := load.Dial(addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // nothing is in flight
	requests, err := load.Requests(1, s.rules)
	if err != nil {
		return err
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_, err := load.Invoke(ctx, conn, requests[0][0])
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("a first call: %w", err)
		}
	}
}

// file writes a configuration beside the others.
func (w *world) file(name, text string) (path string, err error) {
	path = filepath.Join(w.dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// command is one that runs until it is stopped.
func command(name string, args ...string) *exec.Cmd {
	return exec.CommandContext(context.Background(), name, args...)
}

// haproxy is HAProxy with its own defaults, but for the streams of a connection, of which the dispatcher takes 250, and
// for connections to the processor, which all calls may share.
func (w *world) haproxy(addr string) (*exec.Cmd, error) {
	path, err := w.file("haproxy.cfg", strings.NewReplacer("IN", addr, "OUT", w.processor).Replace(`global
  tune.h2.max-concurrent-streams 250
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
frontend in
  bind IN proto h2
  default_backend out
backend out
  http-reuse always
  server processor OUT proto h2
`))
	return command("haproxy", "-db", "-f", path), err
}

// nginx is nginx with a worker a CPU, as Debian configures it, and connections that last.
func (w *world) nginx(addr string) (*exec.Cmd, error) {
	dir := filepath.Join(w.dir, "nginx")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path, err := w.file("nginx.conf", strings.NewReplacer("IN", addr, "OUT", w.processor).Replace(`daemon off;
worker_processes auto; pid nginx.pid; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  keepalive_requests 1000000000;
  http2_max_concurrent_streams 250;
  upstream behind { server OUT; keepalive 256; keepalive_requests 1000000000; }
  server { listen IN http2; location / { grpc_pass grpc://behind; } }
}
`))
	return command("nginx", "-p", dir, "-c", path, "-e", "stderr"), err
}

// node is a relay in Node.
func (w *world) node(addr string) (*exec.Cmd, error) {
	return command("node", "bench/relay/relay.js", addr, w.processor), nil
}
