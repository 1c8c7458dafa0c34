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
