package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// backendsAnswer is an answer of GET /backends.
type backendsAnswer struct {
	Total    int
	Backends []backend.Status
}

func (s *side) listBackends(query string) (l backendsAnswer, size int) {
	s.t.Helper()
	w := s.do(request(http.MethodGet, "/api/v1/backends"+query, ""))
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s: %d %s", query, w.Code, w.Body)
	}
	size = w.Body.Len()
	if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil {
		s.t.Fatal(err)
	}
	return l, size
}

func (l backendsAnswer) refs() string {
	var all []string
	for _, b := range l.Backends {
		all = append(all, b.Ref)
	}
	return strings.Join(all, " ")
}

// manyBackends are refs of one fleet, and one that nobody answers for.
func manyBackends(t *testing.T, refs int) []*backend.Backend {
	t.Helper()
	pool := backend.NewPool()
	var all []*backend.Backend
	add := func(ref, addr string) {
		b, err := pool.Get(backend.Options{
			Role: backend.Processor, Ref: ref, Addrs: []backend.Address{{Target: addr}}, Timeout: 10 * time.Second,
			MaxMessageBytes: 1 << 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		all = append(all, b)
	}
	peer := peertest.Start(t, peertest.Echo())
	for n := range refs {
		add(fmt.Sprint("tenant-", n), peer.Addr)
	}
	add("dead", peertest.Refusing(t))
	return all
}

func TestBackendsComeInPages(t *testing.T) {
	all := manyBackends(t, 250)
	s := newSide(t, func(o *Options) { o.Backends = func(use func([]*backend.Backend)) { use(all) } })
	_, _ = all[250].Call(t.Context(), &message.Request{}, nil, nil) // which is how it gets known
	for query, want := range map[string]string{
		"?limit=2":                      "251: tenant-0 tenant-1",
		"?limit=2&offset=249":           "251: tenant-249 dead",
		"?limit=2&offset=251":           "251: ",
		"?q=TENANT-24&offset=3&limit=2": "11: tenant-242 tenant-243",
		"?state=down":                   "1: dead",
		"?state=degraded":               "0: ",
		"?fields=summary&limit=1":       "251: tenant-0",
		"?q=tenant&state=down":          "0: ",
		"?q=" + all[250].Addr():         "1: dead",
		"?fields=all&state=down&q=dea":  "1: dead",
	} {
		got, _ := s.listBackends(query)
		if text := fmt.Sprintf("%d: %s", got.Total, got.refs()); text != want {
			t.Errorf("%s: %s, want %s", query, text, want)
		}
	}
	whole, size := s.listBackends("")
	if len(whole.Backends) != backendsPage {
		t.Errorf("%d without a limit", len(whole.Backends))
	}
	if _, small := s.listBackends("?fields=summary"); small >= size {
		t.Errorf("summaries have %d bytes, all %d", small, size)
	}
	if whole.Backends[0].Fleet != whole.Backends[99].Fleet {
		t.Error("refs that share a fleet don't say so")
	}
	for _, query := range []string{
		"?state=well", "?fields=ref", "?limit=0", "?limit=1001", "?offset=-1", "?fields=all&fields=summary",
	} {
		s.refused(request(http.MethodGet, "/api/v1/backends"+query, ""), http.StatusBadRequest, "request-invalid")
	}
}

func TestTheLastFailureLeadsToItsDecision(t *testing.T) {
	all := manyBackends(t, 1)
	dead := all[1]
	s := newSide(t, func(o *Options) { o.Backends = func(use func([]*backend.Backend)) { use(all) } })
	_, err := dead.Call(t.Context(), &message.Request{}, nil, nil)
	failed := status.Of(err)
	if failed == nil {
		t.Fatal("nobody is there, and it was answered")
	}
	got, _ := s.listBackends("")
	f := got.Backends[1].LastFailure
	if f == nil || f.Decision != "" || f.Code != "UNAVAILABLE" || f.Message != failed.Error() {
		t.Errorf("without a decision: %+v", f)
	}
	s.opts.Decisions.Add(&decision.Record{
		Time: time.Now(), Code: failed.Code, Error: failed.Message,
		Calls: []decision.Call{{Ref: "dead", Role: "processor", Code: failed.Code}},
	})
	page, err := s.opts.Decisions.List(decision.Query{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ = s.listBackends("")
	i := slices.IndexFunc(got.Backends, func(b backend.Status) bool { return b.Ref == "dead" })
	if f := got.Backends[i].LastFailure; f.Decision != page.Entries[0].ID || f.Message != failed.Message {
		t.Errorf("with a decision %s: %+v", page.Entries[0].ID, f)
	}
}
