package admin

import (
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/backend"
)

func (d *door) backends(w http.ResponseWriter, _ *http.Request) error {
	list := d.opts.Backends()
	if list == nil {
		list = []backend.Status{}
	}
	return reply(w, struct {
		Backends []backend.Status `json:"backends"`
	}{list})
}

// shadow says how the candidate of spec.shadow differs from what runs.
func (d *door) shadow(w http.ResponseWriter, _ *http.Request) error {
	return reply(w, struct {
		Shadow any `json:"shadow"` // null where there is none
	}{d.opts.Shadow()})
}
