// Command relay measures what a message costs the process in the middle: CPU time, with the rate and the latency
// beside it. It runs the dispatcher, and for comparison a relay in Node made of the libraries that the Node dispatcher
// is made of, between the same callers and the same processor, in one run on one machine.
//
//	npm ci --prefix test/interop && go run ./bench/relay
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/sample"
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
	processor, err := serveEcho()
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
	fmt.Printf("%d callers, an INVITE of 1.2 kB, medians of %d rounds of %s, %s/%s, %d CPUs\n\n", callers, rounds, duration, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
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
		fmt.Printf("%-12s %14.1f %12.0f %10s %10s", s.name, float64(m.cpu.Nanoseconds())/1e3, m.rate, m.p50.Round(time.Microsecond), m.p99.Round(time.Microsecond))
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
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", binary, "./cmd/dispatcher").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	addr, err := freeAddr()
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
	subjects = []subject{{name: "dispatcher", cmd: exec.CommandContext(context.Background(), binary, "--config", config), addr: addr}}
	if _, err := os.Stat("test/interop/node_modules"); err == nil {
		if addr, err = freeAddr(); err != nil {
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

func freeAddr() (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// serveEcho is the processor: it lives as long as the program.
func serveEcho() (addr string, err error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: routrpbconnect.ProcessorName,
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "ProcessMessage", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var req routrpb.MessageRequest
			if err := decode(&req); err != nil {
				return nil, err
			}
			return &routrpb.MessageResponse{Message: req.GetMessage(), Sender: req.GetSender(), Metadata: req.GetMetadata()}, nil
		}}},
	}, struct{}{})
	go func() { log.Fatal(server.Serve(l)) }()
	return l.Addr().String(), nil
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
	defer func() { _ = conn.Close() }()                        // the process ends
	if _, err := load(conn, callers, duration/5); err != nil { // warm-up
		return result{}, err
	}
	before, err := cpuTime(s.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	start := time.Now()
	latencies, err := load(conn, callers, duration)
	if err != nil {
		return result{}, err
	}
	took := time.Since(start)
	after, err := cpuTime(s.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	n := len(latencies)
	slices.Sort(latencies)
	return result{
		cpu: (after - before) / time.Duration(n), rate: float64(n) / took.Seconds(),
		p50: latencies[n/2], p99: latencies[n*99/100],
	}, nil
}

// load calls from many goroutines and returns the latency of every call.
func load(conn *grpc.ClientConn, callers int, duration time.Duration) (all []time.Duration, err error) {
	m, ok := sample.ByName("invite-sdp")
	if !ok {
		return nil, errors.New("there is no sample invite-sdp")
	}
	var (
		mu   sync.Mutex
		wait sync.WaitGroup
		end  = time.Now().Add(duration)
	)
	for i := range callers {
		request := inTransaction(m.Request, i)
		wait.Go(func() {
			var mine []time.Duration
			for now := time.Now(); now.Before(end); {
				var answer routrpb.MessageResponse
				callErr := conn.Invoke(context.Background(), routrpbconnect.ProcessorProcessMessageProcedure, request, &answer, grpc.WaitForReady(true))
				if callErr != nil {
					mu.Lock()
					err = callErr
					mu.Unlock()
					return
				}
				next := time.Now()
				mine = append(mine, next.Sub(now))
				now = next
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	wait.Wait()
	return all, err
}

// inTransaction is the request in a transaction of one caller's own: another one's would be its retransmission.
func inTransaction(request *routrpb.MessageRequest, caller int) *routrpb.MessageRequest {
	own := proto.Clone(request).(*routrpb.MessageRequest)
	own.GetMessage().GetVia()[0].Branch = fmt.Sprintf("z9hG4bKcaller%d", caller)
	return own
}

// cpuTime reads the CPU time that a process has used from /proc (proc(5), utime and stime in ticks of 10 ms).
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
