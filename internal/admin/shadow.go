package admin

import (
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/impact"
)

// shadow says how the candidate of spec.shadow differs from what runs.
func (d *door) shadow(w http.ResponseWriter, _ *http.Request) error {
	return reply(w, struct {
		Shadow *impact.ShadowReport `json:"shadow"` // null where there is none
	}{d.opts.Shadow()})
}
