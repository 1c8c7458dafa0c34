package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

// report is everything that was measured.
type report struct {
	Conditions map[string]string `json:"conditions"`
	Subjects   []*figures        `json:"subjects"`
	PacedRate  float64           `json:"pacedMessagesPerSecond,omitempty"`
}

// figures are what came of one subject.
type figures struct {
	subject

	Name    string    `json:"name"`
	Says    string    `json:"says"`
	Callers []*series `json:"callers"`
	Paced   series    `json:"paced,omitzero"`
}

// series are measurements of the same, one a round.
type series struct {
	Callers int      `json:"callers,omitempty"`
	Rounds  []sample `json:"rounds,omitempty"`
}

func (s *series) add(one sample) { s.Rounds = append(s.Rounds, one) }

// add adds a round's sample with the i-th number of callers.
func (f *figures) add(i, callers int, one sample) {
	if i == len(f.Callers) {
		f.Callers = append(f.Callers, &series{Callers: callers})
	}
	f.Callers[i].add(one)
}

// of is a figure's least, median and greatest.
func (s *series) of(figure func(sample) float64) (least, median, most float64) {
	var all []float64
	for _, one := range s.Rounds {
		all = append(all, figure(one))
	}
	if len(all) == 0 {
		return 0, 0, 0
	}
	slices.Sort(all)
	return all[0], (all[(len(all)-1)/2] + all[len(all)/2]) / 2, all[len(all)-1]
}

func cpu(s sample) float64  { return s.CPU }
func rate(s sample) float64 { return s.Rate }
func p50(s sample) float64  { return s.P50 }
func p99(s sample) float64  { return s.P99 }
func rss(s sample) float64  { return s.RSS }

// named is a subject's figures, nil where it isn't measured.
func (r *report) named(name string) *figures {
	i := slices.IndexFunc(r.Subjects, func(f *figures) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return r.Subjects[i]
}

// peakOf is the highest of a subject's median rates, 0 where it isn't measured.
func (r *report) peakOf(name string) (most float64) {
	if f := r.named(name); f != nil {
		for _, s := range f.Callers {
			_, median, _ := s.of(rate)
			most = max(most, median)
		}
	}
	return most
}

// print writes tables in Markdown: one for each number of callers.
func (r *report) print(to io.Writer) {
	for _, key := range slices.Sorted(maps.Keys(r.Conditions)) {
		fmt.Fprintf(to, "- %s: %s\n", key, r.Conditions[key])
	}
	if len(r.Subjects) == 0 {
		return
	}
	for i := range r.Subjects[0].Callers {
		callers := fmt.Sprint(r.Subjects[0].Callers[i].Callers, " callers")
		if callers == "1 callers" {
			callers = "1 caller"
		}
		fmt.Fprintf(to, "\n### %s\n\n", callers)
		r.table(to, func(f *figures) *series { return f.Callers[i] })
	}
	if r.PacedRate > 0 && slices.ContainsFunc(r.Subjects, func(f *figures) bool { return len(f.Paced.Rounds) > 0 }) {
		fmt.Fprintf(to, "\n### %.0f messages a second, half of HAProxy's most\n\n", r.PacedRate)
		r.table(to, func(f *figures) *series { return &f.Paced })
	}
}

func (r *report) table(to io.Writer, pick func(*figures) *series) {
	row := func(cells ...string) { fmt.Fprintf(to, "| %s |\n", strings.Join(cells, " | ")) }
	row("", "CPU µs a message", "of HAProxy", "of bare-connect", "messages/s", "p50 µs", "p99 µs", "RSS MiB")
	row("---", "---", "---", "---", "---", "---", "---", "---")
	ratio := func(s *series, name string) string {
		other := r.named(name)
		if other == nil || len(pick(other).Rounds) == 0 {
			return ""
		}
		_, a, _ := s.of(cpu)
		_, b, _ := pick(other).of(cpu)
		return fmt.Sprintf("%.2f", a/b)
	}
	for _, f := range r.Subjects {
		s := pick(f)
		if len(s.Rounds) == 0 {
			continue
		}
		text := func(digits int, figure func(sample) float64) string {
			least, median, most := s.of(figure)
			return fmt.Sprintf("%.*f (%.*f–%.*f)", digits, median, digits, least, digits, most)
		}
		if _, _, most := s.of(cpu); most == 0 { // nothing is in the middle
			row(f.Name, "", "", "", text(0, rate), text(0, p50), text(0, p99), "")
			continue
		}
		row(f.Name, text(1, cpu), ratio(s, "haproxy"), ratio(s, "bare-connect"), text(0, rate), text(0, p50),
			text(0, p99), text(0, rss))
	}
}

// handOut prints the report, and puts it where it is wanted besides.
func (r *report) handOut(o options) error {
	r.print(os.Stdout)
	if o.json != "" {
		if err := r.write(o.json); err != nil {
			return err
		}
	}
	if o.page != "" {
		return r.putInto(o.page)
	}
	return nil
}

// write writes every figure of every round to a file.
func (r *report) write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// conditions are what the figures depend on.
func conditions(o options) map[string]string {
	first := func(name string, args ...string) string {
		out, err := command(name, args...).CombinedOutput()
		if err != nil {
			return "unknown"
		}
		line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return line
	}
	size := 0
	if invite, err := load.Invite("caller0.0", load.Domain(0)); err == nil {
		size = len(invite)
	}
	c := map[string]string{
		"machine": fmt.Sprintf("%s/%s, %d CPUs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processorName()),
		"kernel":  first("uname", "-r"),
		"Go":      runtime.Version(),
		"commit":  first("git", "describe", "--always", "--dirty", "--abbrev=12"),
		"message": fmt.Sprintf("an INVITE of %d bytes, answered with %d", size, len(load.Answer())),
		"rounds":  fmt.Sprintf("%d of %s each, in turn; medians, with the least and the greatest", o.rounds, o.time),
		"callers": fmt.Sprintf("each one message at a time, over %d connection(s) in all", o.connections),
		"date":    time.Now().UTC().Format(time.DateOnly),
	}
	if average, err := os.ReadFile("/proc/loadavg"); err == nil {
		c["load average at the start"] = strings.TrimSpace(string(average))
	}
	for name, args := range map[string][]string{"haproxy": {"-v"}, "nginx": {"-v"}} {
		if _, err := exec.LookPath(name); err == nil {
			c[name] = first(name, args...)
		}
	}
	return c
}

// processorName is what Linux calls the CPU.
func processorName() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
