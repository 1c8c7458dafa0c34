package admin

import (
	_ "embed"
	"net/http"
)

// openapi is the API as an OpenAPI 3.1 document. The tests hold the routes and every reply against it.
//
//go:embed openapi.json
var openapi []byte

func (d *door) openAPI(w http.ResponseWriter, _ *http.Request) error {
	keepable(w)
	return send(w, http.StatusOK, "application/json", openapi)
}
