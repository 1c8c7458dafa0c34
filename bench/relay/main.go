// Command relay measures what a message costs the process in the middle: CPU time, with the rate, the latency and the
// memory beside it, at several numbers of callers. It measures the program in several configurations, and beside it
// HAProxy, nginx and relays that do nothing but relay, between the same callers and the same processor, in turn, in one
// run on one machine. It reads Linux's /proc.
//
//	go run ./bench/relay                                   everything, which takes a quarter of an hour
//	go run ./bench/relay -quick                            the program beside HAProxy and a bare relay, in two minutes
//	go run ./bench/relay -subjects 'haproxy,rules-1*' -callers 1 -time 5s
//	go run ./bench/relay -quick -before /tmp/old           two builds of the program beside each other
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

// options say what to measure, and how.
type options struct {
	binary, before string
	subjects       string // patterns
	callers        []int
	connections    int
	time           time.Duration
	rounds         int
	paced          string // patterns
	json           string
	from, page     string
}

func main() {
	o := options{}
	callers := flag.String("callers", "1,16,128", "how many call at once; each number is measured")
	quick := flag.Bool("quick", false, "less of everything, where nothing else is said")
	flag.StringVar(&o.binary, "dispatcher", "", "the program; built where it isn't given")
	flag.StringVar(&o.before, "before", "", "another build of the program, measured beside it as before:NAME")
	flag.StringVar(&o.subjects, "subjects", "*", "patterns of what to measure; list prints the names")
	flag.IntVar(&o.connections, "connections", 1, "how many connections the callers share")
	flag.DurationVar(&o.time, "time", 2*time.Second, "how long each is measured in a round, after a quarter of that")
	flag.IntVar(&o.rounds, "rounds", 5, "how many rounds; the medians count")
	flag.StringVar(&o.paced, "paced", "direct,haproxy,nginx,bare-connect,rules-1,rules-1/*",
		"patterns of what is also measured at half of HAProxy's highest rate")
	flag.StringVar(&o.json, "json", "", "a file to write every figure of every round to")
	flag.StringVar(&o.from, "from", "", "a file that -json wrote: nothing is measured, its figures are printed")
	flag.StringVar(&o.page, "page", "", "a page in Markdown whose tables become those of the figures")
	as := flag.String("as", "", "be a bare relay: grpc or connect, then its address and the processor's")
	flag.Parse()
	if *as != "" {
		log.Fatal(beRelay(*as, flag.Arg(0), flag.Arg(1)))
	}
	if *quick {
		given := map[string]bool{}
		flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
		for name, value := range map[string]string{
			"subjects": "haproxy,bare-connect,rules-1,rules-1/*,before:rules-1,before:rules-1/*",
			"time":     "1s", "rounds": "3", "paced": "",
		} {
			if !given[name] {
				_ = flag.Set(name, value) // it is one
			}
		}
	}
	for n := range strings.SplitSeq(*callers, ",") {
		number, err := strconv.Atoi(n)
		if err != nil || number < 1 {
			log.Fatalf("-callers: %q is no number of callers", n)
		}
		o.callers = append(o.callers, number)
	}
	if err := show(o); err != nil {
		log.Fatal(err)
	}
}

// show measures, or reads what was measured, and hands it out.
func show(o options) error {
	if o.from == "" {
		return run(o)
	}
	r, err := readReport(o.from)
	if err != nil {
		return err
	}
	return r.handOut(o)
}

// matches says whether a name is one that the patterns are for.
func matches(patterns, name string) bool {
	flat := strings.NewReplacer("/", "|") // a star stands for a slash, too
	for p := range strings.SplitSeq(patterns, ",") {
		if ok, err := path.Match(flat.Replace(p), flat.Replace(name)); ok && err == nil {
			return true
		}
	}
	return false
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "relay")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	if o.binary == "" {
		o.binary = dir + "/dispatcher"
		if err := load.Build(o.binary); err != nil {
			return err
		}
	}
	w := world{dir: dir, options: o}
	if w.processor, err = load.ServeProcessor(); err != nil {
		return err
	}
	if w.middleware, err = load.ServeProcessor(); err != nil {
		return err
	}
	all, err := w.subjects()
	if err != nil {
		return err
	}
	if o.subjects == "list" {
		for _, s := range all {
			fmt.Printf("%-24s %s\n", s.name, s.says)
		}
		return nil
	}
	r := report{Conditions: conditions(o)}
	for _, s := range all {
		if matches(o.subjects, s.name) {
			r.Subjects = append(r.Subjects, &figures{subject: s, Name: s.name, Says: s.says})
		}
	}
	if err := w.rounds(&r); err != nil {
		return err
	}
	return r.handOut(o)
}
