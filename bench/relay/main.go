// Command relay measures what a message costs the process in the middle: CPU time, with the rate and the latency
// beside it. It runs the dispatcher, and for comparison a relay in Node made of the libraries that the Node dispatcher
// is made of, between the same callers and the same processor, in one run on one machine.
//
//	npm ci --prefix test/interop && go run ./bench/relay
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fonoster/routr-dispatcher/bench/load"
	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// subject is a process in the middle.
type subject struct {
	name string
	cmd  *exec.Cmd
	addr string
}

func main() {
	callers := flag.Int("callers", 16, "how many call at once")
	seconds := flag.Duration("time", 5*time.Second, "how long each subject is measured")
	rounds := flag.Int("rounds", 3, "how often; the median counts")
	flag.Parse()
	if err := run(*callers, *seconds, *rounds); err != nil {
		log.Fatal(err)
	}
}

func run(callers int, duration time.Duration, rounds int) error {
	dir, err := os.MkdirTemp("", "relay")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	processor, err := load.ServeProcessor()
	if err != nil {
		return err
	}
	subjects, err := start(dir, processor)
	defer func() {
		for _, s := range subjects {
			_ = s.cmd.Process.Kill() // it may be gone
			_ = s.cmd.Wait()         // killed
		}
	}()
	if err != nil {
		return err
	}
	fmt.Printf("%d callers, an INVITE of 1.2 kB, medians of %d rounds of %s, %s/%s, %d CPUs\n\n", callers, rounds,
		duration, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	fmt.Printf("%-12s %14s %12s %10s %10s\n", "", "CPU µs/message", "messages/s", "p50", "p99")
	var base float64
	for _, s := range subjects {
		var all []result
		for range rounds {
			r, err := measure(s, callers, duration)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			all = append(all, r)
		}
		slices.SortFunc(all, func(a, b result) int { return int(a.cpu - b.cpu) })
		m := all[len(all)/2]
		fmt.Printf("%-12s %14.1f %12.0f %10s %10s", s.name, float64(m.cpu.Nanoseconds())/1e3, m.rate,
			m.p50.Round(time.Microsecond), m.p99.Round(time.Microsecond))
		if base == 0 {
			base = float64(m.cpu)
			fmt.Println()
		} else {
			fmt.Printf("   %.1f times the CPU of the first\n", float64(m.cpu)/base)
		}
	}
	return nil
}

// start builds and runs the subjects.
func start(dir, processor string) (subjects []subject, err error) {
	binary := filepath.Join(dir, "dispatcher")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", binary,
		"./cmd/dispatcher").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	addr, err := load.FreeAddr()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "dispatcher.yaml")
	text := fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: bench
spec:
  bindAddr: %s
  processors:
    - {ref: im, addr: "%s", methods: [INVITE], matchFunc: 'req => req.method === "MESSAGE"'}
    - {ref: ua, addr: "%s", methods: [INVITE], matchFunc: 'req => req.message.extensions.find(e => e.name === "User-Agent" && e.value.includes("Zoiper"))'}
    - {ref: connect, addr: "%s", methods: [INVITE], matchFunc: 'req => req.message.from.address.uri.host !== "nowhere"'}
`, addr, processor, processor, processor)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	subjects = []subject{{name: "dispatcher", cmd: exec.CommandContext(context.Background(), binary, "--config",
		config), addr: addr}}
	if _, err := os.Stat("test/interop/node_modules"); err == nil {
		if addr, err = load.FreeAddr(); err != nil {
			return nil, err
		}
		node := exec.CommandContext(context.Background(), "node", "bench/relay/relay.js", addr, processor)
		subjects = append(subjects, subject{name: "node relay", cmd: node, addr: addr})
	}
	for i, s := range subjects {
		if err := s.cmd.Start(); err != nil {
			return subjects[:i], err
		}
	}
	return subjects, nil
}

// result is what a message cost, and how fast they went.
type result struct {
	cpu      time.Duration
	rate     float64
	p50, p99 time.Duration
}

func measure(s subject, callers int, duration time.Duration) (result, error) {
	conn, err := grpc.NewClient("passthrough:///"+s.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return result{}, err
	}
	defer func() { _ = conn.Close() }() // the process ends
	who := load.Callers{Requests: make([][]*routrpb.MessageRequest, callers)}
	for i := range who.Requests {
		request, err := load.Invite(fmt.Sprint("caller", i), "")
		if err != nil {
			return result{}, err
		}
		who.Requests[i] = []*routrpb.MessageRequest{request}
	}
	run := func(d time.Duration) ([]load.Call, error) {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return who.Run(ctx, conn)
	}
	if _, err := run(duration / 5); err != nil { // warm-up
		return result{}, err
	}
	before, err := load.CPUTime(s.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	start := time.Now()
	calls, err := run(duration)
	if err != nil {
		return result{}, err
	}
	took := time.Since(start)
	after, err := load.CPUTime(s.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	return result{
		cpu: (after - before) / time.Duration(len(calls)), rate: float64(len(calls)) / took.Seconds(),
		p50: load.Percentile(calls, 0.5), p99: load.Percentile(calls, 0.99),
	}, nil
}
