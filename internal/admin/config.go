package admin

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/zone"
)

// running is the configuration that runs.
type running struct {
	Epoch    uint64           `json:"epoch"`
	LoadedAt string           `json:"loadedAt"`
	Source   string           `json:"source"` // the file
	Hash     string           `json:"hash"`   // SHA-256 of the file's text, in hexadecimal
	Started  string           `json:"startedAt"`
	Ready    bool             `json:"ready"`
	State    string           `json:"state,omitempty"` // the reasons, for people
	Reasons  []Reason         `json:"reasons"`         // why it isn't ready, or not wholly
	Version  string           `json:"version"`
	Demo     bool             `json:"demo"`
	Zone     string           `json:"timeZone"`      // that rules read local time in
	Offset   string           `json:"utcOffset"`     // of that zone now, such as +02:00
	Config   members          `json:"config"`        // defaults filled in, secrets masked
	Total    int              `json:"total"`         // processors that q is in, those on other pages too
	Warnings []config.Problem `json:"warnings"`      // of this page and of no processor
	Warned   int              `json:"warningsTotal"` // those of other pages too
	Failed   *failed          `json:"failedReload"`  // the last reload, where it failed; null otherwise
}

// failed is a reload that changed nothing.
type failed struct {
	Time     string           `json:"time"`
	Detail   string           `json:"detail"`
	Problems []config.Problem `json:"problems"` // the first ones
	Found    int              `json:"problemsTotal"`
}

// Reason is something that keeps the dispatcher from doing all of its work.
type Reason struct {
	Kind string  `json:"kind"` // one of those below
	Ref  *string `json:"ref"`  // whose it is; null where it is nobody's
	Text string  `json:"text"`
}

// The kinds of reasons.
const (
	ReasonStopped    = "stopped"     // it starts or stops
	ReasonNobody     = "nobody"      // no processor can be called
	ReasonProcessor  = "processor"   // one has no healthy instance
	ReasonMiddleware = "middleware"  // so has a middleware
	ReasonConnection = "connections" // somebody couldn't connect
	ReasonReload     = "reload"      // the configuration could not be read again
	ReasonMore       = "more"        // how many are left out here
)

func (d *door) config(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	s := d.opts.Snapshot()
	p, err := pageOf(query, max(1, len(s.Config.Spec.Processors)))
	if err != nil {
		return err
	}
	fields, err := oneOf(query, "fields", "summary", "all")
	if err != nil {
		return err
	}
	shownConfig, warnings, total := paged(s.Config, s.Warnings, p)
	whole := members{}
	if fields == "summary" {
		warnings = few(s.Warnings)
	} else {
		whole, warnings = resource(reflect.ValueOf(shownConfig).Elem()), shown(warnings)
	}
	ready, state, reasons := d.opts.Ready()
	return reply(w, running{
		Epoch: s.Epoch, LoadedAt: at(s.LoadedAt), Source: s.Config.Name, Hash: s.Config.Hash,
		Started: at(d.opts.StartedAt), Ready: ready, State: state, Reasons: append([]Reason{}, reasons...),
		Version: d.opts.Version, Demo: d.opts.Demo, Zone: zone.Name(), Offset: zone.Offset(time.Now()),
		Config: whole, Total: total, Warnings: warnings, Warned: len(s.Warnings), Failed: failedOf(s.Failed),
	})
}

// paged is a configuration with one page of its processors, and the warnings that aren't about the others. A processor
// is asked for by its ref, its addresses and its rule.
func paged(cfg *config.Config, warnings []config.Problem, p page) (*config.Config, []config.Problem, int) {
	all := cfg.Spec.Processors
	if p.limit >= len(all) && p.offset == 0 && p.q == "" {
		return cfg, warnings, len(all)
	}
	var found []int
	for i, one := range all {
		if p.has(one.Ref, one.Addr(), one.MatchFunc) {
			found = append(found, i)
		}
	}
	part, onPage := *cfg, map[int]bool{}
	part.Spec.Processors = []config.Processor{}
	for _, i := range cut(p, found) {
		part.Spec.Processors = append(part.Spec.Processors, all[i])
		onPage[i] = true
	}
	warnings = slices.DeleteFunc(slices.Clone(warnings), func(w config.Problem) bool {
		i, ofOne := processorOf(w.Path)
		return ofOne && !onPage[i]
	})
	return &part, warnings, len(found)
}

// processorOf is the index in a path such as spec.processors[3].matchFunc; false for other paths.
func processorOf(path string) (int, bool) {
	rest, ofOne := strings.CutPrefix(path, "spec.processors[")
	digits, _, _ := strings.Cut(rest, "]")
	i, err := strconv.Atoi(digits)
	return i, ofOne && err == nil
}

func failedOf(f *FailedReload) *failed {
	if f == nil {
		return nil
	}
	var invalid *config.Error
	if errors.As(f.Error, &invalid) {
		return &failed{at(f.Time), summary(invalid.Problems), few(invalid.Problems), len(invalid.Problems)}
	}
	return &failed{at(f.Time), masked(f.Error.Error()), shown(nil), 0}
}
