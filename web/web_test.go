package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestThePageNamesFilesThatAreThere follows every address that the page has.
func TestThePageNamesFilesThatAreThere(t *testing.T) {
	r := get(t, "/")
	if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		t.Fatal(r.Status, r.Header)
	}
	paths := regexp.MustCompile(`/assets/[^"]+`).FindAllString(text(t, r), -1)
	if len(paths) < 2 {
		t.Fatal("the page names no files")
	}
	for _, p := range paths {
		r := get(t, p)
		if r.StatusCode != http.StatusOK || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s, kept by browsers: %q", p, r.Status, r.Header.Get("Cache-Control"))
		}
		if r.Header.Get("Content-Security-Policy") != Policy {
			t.Errorf("%s comes without its policy", p)
		}
	}
}

// TestThePageAsksAtOnceForWhatTheProgramNeeds holds that no file of the program waits until another one was read.
func TestThePageAsksAtOnceForWhatTheProgramNeeds(t *testing.T) {
	page := text(t, get(t, "/"))
	base := "/assets/" + current().hash + "/"
	needed := regexp.MustCompile(`(?:from|import)"\./([^"]+)"`)
	asked := regexp.MustCompile(`rel="modulepreload" href="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(asked) < 5 {
		t.Fatalf("%d files are asked for at once", len(asked))
	}
	all := append(asked, []string{"", base + "app.js"})
	for _, file := range all {
		for _, m := range needed.FindAllStringSubmatch(text(t, get(t, file[1])), -1) {
			if !strings.Contains(page, `"`+base+m[1]+`"`) {
				t.Errorf("%s needs %s, which the page doesn't name", file[1], m[1])
			}
		}
	}
}

func TestFilesOfAnotherBuildAreNotFound(t *testing.T) {
	for _, p := range []string{
		"/assets/0123456789abcdef/app.js", "/assets/" + current().hash + "/nothing.js", "/assets/app.js",
	} {
		if r := get(t, p); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", p, r.Status)
		}
	}
}

func TestFilesComeCompressedToWhoReadsThat(t *testing.T) {
	p := "/assets/" + current().hash + "/app.js"
	plain := text(t, get(t, p))
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "gzip;q=0.0": false, "gzip; q=0.001": true,
		"deflate": false,
	} {
		r := get(t, p, "Accept-Encoding", accept)
		if got := r.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: compressed %v", accept, got)
			continue
		}
		if !want {
			continue
		}
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(z); err != nil || string(b) != plain {
			t.Errorf("Accept-Encoding %q: other bytes (%v)", accept, err)
		}
	}
}

func TestAKeptPageIsAskedForAndNotSentAgain(t *testing.T) {
	tag := get(t, "/").Header.Get("Etag")
	if r := get(t, "/", "If-None-Match", tag); r.StatusCode != http.StatusNotModified || text(t, r) != "" {
		t.Errorf("%s", r.Status)
	}
}

// TestTheHashIsOfAllFiles has a change in each file, name and content, change the hash.
func TestTheHashIsOfAllFiles(t *testing.T) {
	base := fstest.MapFS{"index.html": {Data: []byte("a")}, "app.js": {Data: []byte("b")}}
	hashes := map[string]bool{read(base).hash: true}
	for _, other := range []fstest.MapFS{
		{"index.html": {Data: []byte("A")}, "app.js": {Data: []byte("b")}},
		{"index.html": {Data: []byte("a")}, "app.js": {Data: []byte("B")}},
		{"index.html": {Data: []byte("a")}, "bpp.js": {Data: []byte("b")}},
	} {
		hashes[read(other).hash] = true
	}
	if len(hashes) != 4 {
		t.Errorf("%d hashes of 4 sites", len(hashes))
	}
	if bytes.Contains(read(base).assets["app.js"].plain, []byte("assets")) {
		t.Error("a file was changed")
	}
}
