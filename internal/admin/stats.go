package admin

import (
	"net/http"
	"net/url"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/decision"
)

// usualWindow is how far back is looked where nobody says.
const usualWindow = 15 * time.Minute

func (d *door) stats(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	window, err := windowOf(query)
	if err != nil {
		return err
	}
	text, err := single(query, "after")
	if err != nil {
		return err
	}
	var after time.Time
	if text != "" {
		if after, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return badParameter("after", "it is a time such as 2026-01-31T12:00:00Z; a + in it is written %2B")
		}
	}
	return reply(w, d.opts.Decisions.Timeline(time.Now(), window, after))
}

func (d *door) failures(w http.ResponseWriter, r *http.Request) error {
	window, err := windowOf(r.URL.Query())
	if err != nil {
		return err
	}
	all, step, others := d.opts.Decisions.Faults(time.Now(), window)
	return reply(w, struct {
		Step     int              `json:"step"` // seconds
		Failures []decision.Fault `json:"failures"`
		Others   uint64           `json:"others"` // of kinds that there was no room for
	}{step, all, others})
}

// windowOf reads how far back is looked.
func windowOf(query url.Values) (time.Duration, error) {
	text, err := single(query, "window")
	if err != nil || text == "" {
		return usualWindow, err
	}
	window, err := time.ParseDuration(text)
	if err != nil || window < time.Second || window > decision.MaxWindow {
		return 0, badParameter("window", "window is a duration from 1s to 24h, such as 15m")
	}
	return window, nil
}
