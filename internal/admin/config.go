package admin

import (
	"errors"
	"net/http"
	"reflect"
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
	Ready    bool             `json:"ready"`
	State    string           `json:"state,omitempty"` // why it isn't
	Version  string           `json:"version"`
	Demo     bool             `json:"demo"`
	Zone     string           `json:"timeZone"`  // that rules read local time in
	Offset   string           `json:"utcOffset"` // of that zone now, such as +02:00
	Config   members          `json:"config"`    // defaults filled in, secrets masked
	Warnings []config.Problem `json:"warnings"`
	Failed   *failed          `json:"failedReload"` // the last reload, where it failed; null otherwise
}

// failed is a reload that changed nothing.
type failed struct {
	Time     string           `json:"time"`
	Detail   string           `json:"detail"`
	Problems []config.Problem `json:"problems"`
}

func (d *door) config(w http.ResponseWriter, _ *http.Request) error {
	s := d.opts.Snapshot()
	ready, detail := d.opts.Ready()
	return reply(w, running{
		Epoch: s.Epoch, LoadedAt: at(s.LoadedAt), Source: s.Config.Name, Hash: s.Config.Hash,
		Ready: ready, State: detail, Version: d.opts.Version, Demo: d.opts.Demo,
		Zone: zone.Name(), Offset: zone.Offset(time.Now()),
		Config: resource(reflect.ValueOf(s.Config).Elem()), Warnings: shown(s.Warnings), Failed: failedOf(s.Failed),
	})
}

func failedOf(f *FailedReload) *failed {
	if f == nil {
		return nil
	}
	var invalid *config.Error
	if errors.As(f.Error, &invalid) {
		return &failed{at(f.Time), summary(invalid.Problems), shown(invalid.Problems)}
	}
	return &failed{at(f.Time), masked(f.Error.Error()), shown(nil)}
}
