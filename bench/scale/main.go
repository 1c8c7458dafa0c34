// Command scale measures what many rules cost beside one: memory, the start, a reload and a message. Each table of
// rules is served by a dispatcher of its own, between the same callers and the same processor, in one run on one
// machine. It reads Linux's /proc.
//
//	go run ./bench/scale -rules 1,10000
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

func main() {
	var o options
	rules := flag.String("rules", "1,10000", "how many rules; each number is measured")
	flag.StringVar(&o.binary, "dispatcher", "", "the program; built where it isn't given")
	flag.IntVar(&o.places, "places", 1, "at how many addresses the processors are")
	flag.IntVar(&o.reloads, "reloads", 10, "how often the configuration is loaded again")
	flag.DurationVar(&o.time, "time", 5*time.Second, "how long messages are measured")
	flag.IntVar(&o.rounds, "rounds", 3, "how often messages are measured; the median counts")
	flag.Parse()
	for n := range strings.SplitSeq(*rules, ",") {
		number, err := strconv.Atoi(n)
		if err != nil || number < 1 {
			log.Fatalf("-rules: %q is no number of rules", n)
		}
		o.rules = append(o.rules, number)
	}
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

// options say what to measure.
type options struct {
	rules   []int
	binary  string
	places  int
	reloads int
	time    time.Duration
	rounds  int
}

func run(o options) (err error) {
	dir, err := os.MkdirTemp("", "scale")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	if o.binary == "" {
		o.binary = filepath.Join(dir, "dispatcher")
		if err := load.Build(o.binary); err != nil {
			return err
		}
	}
	w, err := newWorld(dir, o)
	if err != nil {
		return err
	}
	defer w.stop()
	var all []*result
	for _, n := range o.rules {
		r, err := w.start(n)
		if err != nil {
			return fmt.Errorf("%d rules: %w", n, err)
		}
		all = append(all, r)
	}
	if err := w.measure(all); err != nil {
		return err
	}
	fmt.Printf("%s/%s, %d CPUs; processors at %d addresses; one rule a domain; messages of 1.5 kB\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), o.places)
	show(all)
	return nil
}

// show prints a column a table of rules.
func show(all []*result) {
	row := func(name string, value func(*result) string) {
		fmt.Printf("%-44s", name)
		for _, r := range all {
			fmt.Printf(" %14s", value(r))
		}
		fmt.Println()
	}
	duration := func(name string, value func(*result) time.Duration) {
		row(name, func(r *result) string { return value(r).Round(10 * time.Microsecond).String() })
	}
	bytes := func(name string, value func(*result) int64) {
		row(name, func(r *result) string { return fmt.Sprintf("%.1f MiB", float64(value(r))/(1<<20)) })
	}
	row("rules", func(r *result) string { return strconv.Itoa(r.rules) })
	bytes("configuration file", func(r *result) int64 { return r.fileBytes })
	duration("start, until it is ready", func(r *result) time.Duration { return r.ready })
	duration("start, CPU", func(r *result) time.Duration { return r.startCPU })
	row("sockets once connected", func(r *result) string { return strconv.Itoa(r.sockets) })
	bytes("memory after the start", func(r *result) int64 { return r.startBytes })
	bytes("memory after the reloads", func(r *result) int64 { return r.reloadedBytes })
	bytes("memory at most", func(r *result) int64 { return r.mostBytes })
	duration("a reload, until it is done", func(r *result) time.Duration { return r.reload })
	duration("a reload, CPU", func(r *result) time.Duration { return r.reloadCPU })
	duration("messages' p99 at rest", func(r *result) time.Duration { return r.restP99 })
	duration("messages' p99 while it reloads", func(r *result) time.Duration { return r.reloadP99 })
	duration("messages' p99 in the second after it", func(r *result) time.Duration { return r.afterP99 })
	for i, callers := range callerCounts {
		name := fmt.Sprintf("CPU a message, %d at once", callers)
		duration(name, func(r *result) time.Duration { return r.messageCPU[i] })
		if len(all) > 1 {
			row("  beside the first column", func(r *result) string {
				return fmt.Sprintf("%.2f", float64(r.messageCPU[i])/float64(all[0].messageCPU[i]))
			})
		}
	}
}
