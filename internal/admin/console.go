package admin

import (
	"net/http"

	"github.com/fonoster/routr-dispatcher/web"
)

// console mounts the console's page and its files. They hold no data, and a browser can't send a token with an address
// that was typed in: so they are open to whom the port is open. What the console shows it asks the API for, which is
// guarded.
func (d *door) console(mux *http.ServeMux) {
	files := d.public(web.Handler())
	mux.Handle("GET /{$}", files)
	mux.Handle("GET /assets/", files)
}

// public serves what holds no data, unless the side door is switched off.
func (d *door) public(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secured(w.Header())
		defer d.recovered(w, r)
		if p := d.access.off(); p != nil {
			d.refuse(w, r, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}
