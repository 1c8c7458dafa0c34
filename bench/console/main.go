// Command console measures what people who look cost messages: the latency of messages at a steady rate, with consoles
// open and without, in turn, in one run on one machine. A console reads the stream of decisions in batches, as the
// web console does, asks for statistics, failures and calls once a second, and has a watch.
//
//	go run ./bench/console
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fonoster/routr-dispatcher/bench/load"
	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

type options struct {
	consoles, callers, rounds int
	rate                      int
	seconds                   time.Duration
	stream                    string
}

func main() {
	var o options
	flag.IntVar(&o.consoles, "consoles", 3, "how many consoles are open")
	flag.IntVar(&o.callers, "callers", 100, "how many call")
	flag.IntVar(&o.rate, "rate", 5000, "messages a second, about")
	flag.IntVar(&o.rounds, "rounds", 7, "how often with and without; the medians count")
	flag.DurationVar(&o.seconds, "time", 4*time.Second, "how long a round is")
	flag.StringVar(&o.stream, "stream", "batch=100ms&max=1000", "the stream's query; without max every decision comes")
	flag.Parse()
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "console")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	addr, pid, stop, err := start(dir)
	if err != nil {
		return err
	}
	defer stop()
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	callers := load.Callers{Pause: time.Duration(o.callers) * time.Second / time.Duration(o.rate)}
	for n := range o.callers {
		m, err := load.Invite(strconv.Itoa(n), "")
		if err != nil {
			return err
		}
		callers.Requests = append(callers.Requests, []*routrpb.MessageRequest{m})
	}
	fmt.Printf("%d consoles, medians of %d rounds of %s, %s/%s, %d CPUs\n\n",
		o.consoles, o.rounds, o.seconds, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	var without, with []round
	for range o.rounds {
		for open, rounds := range map[bool]*[]round{false: &without, true: &with} {
			r, err := measure(o, addr, pid, conn, callers, open)
			if err != nil {
				return err
			}
			*rounds = append(*rounds, r)
		}
	}
	a, b := median(without), median(with)
	fmt.Printf("%-16s %12s %10s %10s %10s\n", "", "messages/s", "p50", "p99", "CPU each")
	show("without", a)
	show("with consoles", b)
	fmt.Printf("\np50 with consoles: %.2f of that without, p99: %.2f, CPU of the dispatcher: %.2f\n",
		float64(b.p50)/float64(a.p50), float64(b.p99)/float64(a.p99), float64(b.cpu)/float64(a.cpu))
	fmt.Printf("the consoles cost %.1f%% of a processor\n", 100*(b.cpu-a.cpu).Seconds()*b.rate)
	return nil
}

// round is what came of calling for a while.
type round struct {
	rate     float64
	p50, p99 time.Duration
	cpu      time.Duration // of the dispatcher, a message
}

func show(name string, r round) {
	us := func(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
	fmt.Printf("%-16s %12.0f %10s %10s %10s\n", name, r.rate, us(r.p50), us(r.p99), us(r.cpu))
}

// median takes each figure's.
func median(all []round) (m round) {
	pick := func(of func(round) float64) float64 {
		values := make([]float64, len(all))
		for i, r := range all {
			values[i] = of(r)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	m.rate = pick(func(r round) float64 { return r.rate })
	m.p50 = time.Duration(pick(func(r round) float64 { return float64(r.p50) }))
	m.p99 = time.Duration(pick(func(r round) float64 { return float64(r.p99) }))
	m.cpu = time.Duration(pick(func(r round) float64 { return float64(r.cpu) }))
	return m
}

func measure(
	o options, addr string, pid int, conn *grpc.ClientConn, callers load.Callers, open bool,
) (round, error) {
	ctx, cancel := context.WithCancel(context.Background())
	var consoles sync.WaitGroup
	if open {
		for range o.consoles {
			consoles.Go(func() { get(ctx, "http://"+addr+"/api/v1/decisions/stream?"+o.stream) })
			consoles.Go(func() { poll(ctx, "http://"+addr+"/api/v1/") })
			forget, err := watch(ctx, "http://"+addr+"/api/v1/watches")
			if err != nil {
				cancel()
				return round{}, err
			}
			defer forget()
		}
	}
	defer consoles.Wait()
	defer cancel()
	warm, end := context.WithTimeout(ctx, o.seconds/4)
	defer end()
	if _, err := callers.Run(warm, conn); err != nil {
		return round{}, err
	}
	timed, end := context.WithTimeout(ctx, o.seconds)
	defer end()
	before, err := load.CPUTime(pid)
	if err != nil {
		return round{}, err
	}
	all, err := callers.Run(timed, conn)
	if err != nil {
		return round{}, err
	}
	after, err := load.CPUTime(pid)
	if err != nil {
		return round{}, err
	}
	return round{
		float64(len(all)) / o.seconds.Seconds(), load.Percentile(all, 0.5), load.Percentile(all, 0.99),
		(after - before) / time.Duration(max(len(all), 1)),
	}, nil
}

// poll asks as a console's overview does.
func poll(ctx context.Context, api string) {
	for ctx.Err() == nil {
		after := time.Now().Add(-2 * time.Second).UTC().Format(time.RFC3339)
		get(ctx, api+"stats?after="+after)
		get(ctx, api+"failures")
		get(ctx, api+"calls?limit=50")
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// get reads an answer to its end, or until ctx ends.
func get(ctx context.Context, url string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // ctx ended
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		log.Fatalf("%s: %s", url, resp.Status)
	}
	_, _ = io.Copy(io.Discard, resp.Body) // as far as it goes
}

// start builds the dispatcher and runs it before a processor that echoes.
func start(dir string) (addr string, pid int, stop func(), err error) {
	processor, err := load.ServeProcessor()
	if err != nil {
		return "", 0, nil, err
	}
	if addr, err = load.FreeAddr(); err != nil {
		return "", 0, nil, err
	}
	binary, file := filepath.Join(dir, "dispatcher"), filepath.Join(dir, "dispatcher.yaml")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", binary, "./cmd/dispatcher")
	if out, err := build.CombinedOutput(); err != nil {
		return "", 0, nil, fmt.Errorf("build the dispatcher: %w\n%s", err, out)
	}
	text := fmt.Sprintf("kind: MessageDispatcher\napiVersion: v2beta1\nref: bench\nspec:\n  bindAddr: %s\n", addr) +
		fmt.Sprintf("  processors:\n    - ref: echo\n      addr: %s\n", processor) +
		"      methods: [INVITE]\n      matchFunc: req => true\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", 0, nil, err
	}
	cmd := exec.CommandContext(context.Background(), binary, "--config", file)
	cmd.Env = append(os.Environ(), "LOGS_LEVEL=error")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return "", 0, nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill() // it may be gone
		_ = cmd.Wait()         // killed
	}
	for range 500 {
		if resp, err := http.Get("http://" + addr + "/readyz"); err == nil { //nolint:noctx // it is this machine
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return addr, cmd.Process.Pid, stop, nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	return "", 0, nil, fmt.Errorf("the dispatcher at %s isn't ready", addr)
}
