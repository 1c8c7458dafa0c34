package admin

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// unpacked returns what a compressed answer holds.
func unpacked(t *testing.T, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// raw makes a call whose answer the OpenAPI document isn't held against, since it may be compressed.
func (s *side) raw(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	return w
}

func TestJSONOfMoreThanAKilobyteIsCompressedForWhoTakesIt(t *testing.T) {
	s := newSide(t)
	for path, long := range map[string]bool{
		"/api/v1/samples": true, "/api/v1/openapi.json": true, "/api/v1/config": true,
		"/api/v1/session": false, "/api/v1/shadow": false,
	} {
		plain := s.raw(request("GET", path, ""))
		w := s.raw(request("GET", path, "", header("Accept-Encoding", "br, gzip")))
		if plain.Header().Get("Content-Encoding") != "" || plain.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s to who takes nothing: %v", path, plain.Header())
		}
		if got := w.Header().Get("Content-Encoding"); (got == "gzip") != long {
			t.Errorf("%s of %d bytes: Content-Encoding: %q", path, plain.Body.Len(), got)
			continue
		}
		if !long || path == "/api/v1/config" { // which tells the time of the zone
			continue
		}
		if w.Body.Len() >= plain.Body.Len() || w.Header().Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
			said := w.Header().Get("Content-Length")
			t.Errorf("%s: %d bytes for %d, said to be %s", path, w.Body.Len(), plain.Body.Len(), said)
		}
		if !bytes.Equal(unpacked(t, w), plain.Body.Bytes()) {
			t.Errorf("%s: other bytes", path)
		}
	}
	w := s.raw(request("GET", "/api/v1/samples", "", header("Accept-Encoding", "gzip;q=0")))
	if w.Header().Get("Content-Encoding") != "" {
		t.Error("who takes anything but gzip got gzip")
	}
}

func TestLongProblemsAreCompressedToo(t *testing.T) {
	s := newSide(t)
	bad := "kind: MessageDispatcher\napiVersion: v2beta1\nref: x\nspec:\n  processors:\n" +
		strings.Repeat("  - {nobody: 1}\n", 50)
	body := encode(t, map[string]string{"config": bad})
	w := s.raw(request("POST", "/api/v1/config/impact", body, header("Accept-Encoding", "gzip")))
	h := w.Header()
	if w.Code != http.StatusUnprocessableEntity || h.Get("Content-Encoding") != "gzip" || h.Get("Etag") != "" {
		t.Fatalf("%d, headers %v", w.Code, w.Header())
	}
	if text := unpacked(t, w); !bytes.Contains(text, []byte("config-invalid")) {
		t.Errorf("%s", text)
	}
}

func TestWhatTheCallerHasIsntSentAgain(t *testing.T) {
	s := newSide(t)
	s.record("call-1", "chat", 0)
	for _, path := range []string{"/api/v1/samples", "/api/v1/decisions", "/api/v1/backends", "/api/v1/openapi.json"} {
		first := s.do(request("GET", path, ""))
		tag := first.Header().Get("Etag")
		if !strings.HasPrefix(tag, `W/"`) {
			t.Fatalf("%s: the tag is %q", path, tag)
		}
		for _, have := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag, "*"} {
			for _, method := range []string{"GET", "HEAD"} {
				w := s.do(request(method, path, "", header("If-None-Match", have), header("Accept-Encoding", "gzip")))
				if w.Code != http.StatusNotModified || w.Header().Get("Etag") != tag || w.Header().Get("Vary") == "" {
					t.Errorf("%s %s with %s: %d, headers %v", method, path, have, w.Code, w.Header())
				}
			}
		}
		if w := s.do(request("GET", path, "", header("If-None-Match", `"x"`))); w.Code != http.StatusOK {
			t.Errorf("%s with another tag: %d", path, w.Code)
		}
	}
	tag := s.do(request("GET", "/api/v1/decisions", "")).Header().Get("Etag")
	s.record("call-2", "chat", 0)
	if w := s.do(request("GET", "/api/v1/decisions", "", header("If-None-Match", tag))); w.Code != http.StatusOK {
		t.Errorf("after another decision: %d", w.Code)
	}
}

func TestStreamsAndTextsArentCompressed(t *testing.T) {
	s := newSide(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := s.raw(request("GET", "/api/v1/decisions/stream", "", header("Accept-Encoding", "gzip")).WithContext(ctx))
	if w.Header().Get("Content-Encoding") != "" || w.Header().Get("Content-Type") != "text/event-stream" {
		t.Errorf("headers of a stream: %v", w.Header())
	}
}

// TestAnswersAreCompressedAFewAtATime has more callers than there are turns.
func TestAnswersAreCompressedAFewAtATime(t *testing.T) {
	all, body := newPackers(), bytes.Repeat([]byte("dispatcher "), 10_000)
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			w := httptest.NewRecorder()
			w.Body.Write(all.pack(t.Context(), body))
			if !bytes.Equal(unpacked(t, w), body) {
				t.Error("other bytes")
			}
		})
	}
	callers.Wait()
	for range packersAtOnce {
		<-all
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := all.pack(ctx, body); got != nil {
		t.Error("who left was waited for")
	}
}
