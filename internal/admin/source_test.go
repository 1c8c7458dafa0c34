package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

func TestTheSourceComesWithStarsInPlaceOfSecrets(t *testing.T) {
	s := newSide(t)
	w := s.do(request("GET", "/api/v1/config/source", ""))
	want := strings.Replace(resourceText, "dispatcher:s3cret-nats", strings.Repeat("*", len("dispatcher:s3cret-nats")),
		1)
	if w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
	hash := `"` + hashed(resourceText) + `"`
	if h := w.Header(); h.Get("Etag") != hash || h.Get("X-Masked") != "1" || h.Get("X-Epoch") != "7" {
		t.Errorf("the headers are %v", h)
	}
	w = s.do(request("GET", "/api/v1/config/source", "", header("If-None-Match", hash)))
	if w.Code != http.StatusNotModified {
		t.Errorf("who has it: %d", w.Code)
	}
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestTheSourceOfAnEpochBeforeIsThereWhileItIsKept(t *testing.T) {
	s := newSide(t)
	s.past = map[uint64]Source{5: {
		Epoch: 5, Hash: hashed("nats://a:b@c"), Text: []byte("nats://a:b@c"),
		Secrets: func() []config.Range { return []config.Range{{From: 7, To: 10}} },
	}}
	w := s.do(request("GET", "/api/v1/config/source?epoch=5", ""))
	if w.Code != http.StatusOK || w.Body.String() != "nats://***@c" || w.Header().Get("X-Epoch") != "5" {
		t.Errorf("%d %s, headers %v", w.Code, w.Body, w.Header())
	}
	if w := s.do(request("GET", "/api/v1/config/source?epoch=7", "")); w.Header().Get("X-Epoch") != "7" {
		t.Errorf("the one that runs: headers %v", w.Header())
	}
	p := s.refused(request("GET", "/api/v1/config/source?epoch=4", ""), http.StatusNotFound, "not-found")
	if !strings.Contains(p.Detail, "that of 5 is, and epoch 7 runs") {
		t.Errorf("%s", p.Detail)
	}
	s.refused(request("GET", "/api/v1/config/source?epoch=x", ""), http.StatusBadRequest, "request-invalid")
	s.refused(request("GET", "/api/v1/config/source?epoch=5&epoch=7", ""), http.StatusBadRequest, "request-invalid")
}

// TestADraftIsKnownAgainByItsHash has the console's way: what the source call showed is edited and checked, and put
// into the file with the secrets that are there.
func TestADraftIsKnownAgainByItsHash(t *testing.T) {
	s := newSide(t)
	shown := s.do(request("GET", "/api/v1/config/source", "")).Body.String()
	for name, c := range map[string]struct{ draft, file string }{
		"as it was shown": {shown, resourceText},
		"edited": {strings.Replace(shown, "ref: test", "ref: other", 1),
			strings.Replace(resourceText, "ref: test", "ref: other", 1)},
		"with fewer stars": {
			strings.Replace(shown, strings.Repeat("*", len("dispatcher:s3cret-nats")), "***", 1), resourceText,
		},
		"without stars": {resourceText, resourceText},
	} {
		t.Run(name, func(t *testing.T) {
			var got checked
			s.get(request("POST", "/api/v1/config/check", c.draft, header("Content-Type", "application/yaml")), &got)
			if !got.Valid || got.Hash != hashed(c.file) {
				t.Errorf("%+v, not %s", got, hashed(c.file))
			}
		})
	}
}

// TestNoRuleOfACandidateSeesWhatStarsStandFor puts the covered word where a rule, and a ref, would tell of it.
func TestNoRuleOfACandidateSeesWhatStarsStandFor(t *testing.T) {
	s := newSide(t)
	shown := s.do(request("GET", "/api/v1/config/source", "")).Body.String()
	_, word, _ := strings.Cut(shown, `url: "`)
	word, _, _ = strings.Cut(word, `"`)
	draft := strings.Replace(strings.Replace(resourceText, "req => req.message.requestUri.host === 'sip.local'",
		"req => '"+word+"'", 1), "ref: chat", "ref: '"+word+"'", 1)
	body := encode(t, map[string]any{"config": draft, "message": map[string]any{"json": map[string]any{
		"method": "MESSAGE", "message": map[string]any{"requestUri": map[string]any{"host": "sip.local"}},
	}}})
	w := s.do(request("POST", "/api/v1/route/explain", body))
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "s3cret") ||
		!strings.Contains(w.Body.String(), "***") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
