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
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/fonoster/routr-dispatcher/bench/load"
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
	flag.StringVar(&o.stream, "stream", load.WebConsole, "the stream's query; without max every decision comes")
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
	conn, err := load.Dial(addr)
	if err != nil {
		return err
	}
	callers := load.Callers{Every: time.Duration(o.callers) * time.Second / time.Duration(o.rate)}
	if callers.Requests, err = load.Requests(o.callers, 1); err != nil {
		return err
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
	ctx := context.Background()
	if open {
		closeAll, err := load.OpenConsoles(addr, o.consoles, o.stream)
		if err != nil {
			return round{}, err
		}
		defer closeAll()
	}
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

// start builds the dispatcher and runs it before a processor.
func start(dir string) (addr string, pid int, stop func(), err error) {
	processor, err := load.ServeProcessor()
	if err != nil {
		return "", 0, nil, err
	}
	if addr, err = load.FreeAddr(); err != nil {
		return "", 0, nil, err
	}
	binary, file := filepath.Join(dir, "dispatcher"), filepath.Join(dir, "dispatcher.yaml")
	if err := load.Build(binary); err != nil {
		return "", 0, nil, err
	}
	text := load.Configuration{Addr: addr, Rules: 1, Processors: []string{processor}}.YAML()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", 0, nil, err
	}
	cmd := exec.CommandContext(context.Background(), binary, "--config", file)
	if stop, err = load.Start(cmd); err != nil {
		return "", 0, nil, err
	}
	if err := load.AwaitReady(addr, time.Now().Add(10*time.Second)); err != nil {
		stop()
		return "", 0, nil, err
	}
	return addr, cmd.Process.Pid, stop, nil
}
