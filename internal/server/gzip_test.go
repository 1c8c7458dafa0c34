package server

import (
	"net/http"
	"testing"
)

func TestGzipIsForWhoTakesIt(t *testing.T) {
	for accept, want := range map[string]bool{
		"gzip": true, "GZIP": true, "x-gzip": true, "br, gzip;q=0.5": true,
		"gzip; q=0.001": true, "*": true, "identity, *;q=0.1": true,
		"": false, "br": false, "gzip;q=0": false, "gzip; Q=0.000": false, "*;q=0": false,
		"*, gzip;q=0": false, "gzip;q=x": false,
		"gzipped": false,
	} {
		if TakesGzip(http.Header{"Accept-Encoding": {accept}}) != want {
			t.Errorf("%q: not %v", accept, want)
		}
	}
	if !TakesGzip(http.Header{"Accept-Encoding": {"br", "gzip"}}) || TakesGzip(nil) {
		t.Error("the header may be there twice, or not at all")
	}
}
