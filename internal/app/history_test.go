package app

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/admin"
	"github.com/fonoster/routr-dispatcher/internal/config"
)

// call makes a call of the admin API, with header lines such as "If-Match: x".
func (s *served) call(t *testing.T, method, path string, headers ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr().String()+"/api/v1"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

type told struct {
	Epoch    uint64
	Kept     []uint64
	Attempts []struct {
		Trigger, Result string
		Hash            string
		Epoch           uint64
		Times           int
		Problems        []config.Problem
		Rules           admin.RuleChanges
	}
}

func (s *served) history(t *testing.T) (h told) {
	t.Helper()
	_, text, _ := s.call(t, "GET", "/epochs")
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// rulesFor is a configuration with these refs.
func rulesFor(refs ...string) string {
	text := "kind: MessageDispatcher\napiVersion: v2beta1\nref: test\nspec:\n  bindAddr: 127.0.0.1:0\n  processors:\n"
	for _, ref := range refs {
		name, rule, changed := strings.Cut(ref, "=")
		if !changed {
			rule = "true"
		}
		text += fmt.Sprintf("    - {ref: %s, addr: \"127.0.0.1:1\", methods: [INVITE], matchFunc: req => %s}\n", name,
			rule)
	}
	return text
}

func TestTheHistoryTellsWhatEachReloadBrought(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	first := rulesFor("a", "b", "c")
	write(t, path, first)
	s := serveFile(t, path)
	started := s.history(t)
	if a := started.Attempts[0]; started.Epoch != 1 || a.Trigger != "start" || a.Result != "new" ||
		a.Hash != s.current.Load().config.Hash {
		t.Errorf("%+v", started)
	}

	write(t, path, rulesFor("c", "a=false", "d"))
	if code, text, _ := s.call(t, "POST", "/reload"); code != http.StatusOK ||
		!strings.Contains(text, `"epoch":2,"changed":true`) {
		t.Fatalf("%d %s", code, text)
	}
	for range 3 {
		if code, text, _ := s.call(t, "POST", "/reload"); code != http.StatusOK ||
			!strings.Contains(text, `"epoch":2,"changed":false`) {
			t.Fatalf("%d %s", code, text)
		}
	}
	write(t, path, "kind: nonsense\n")
	if code, text, _ := s.call(t, "POST", "/reload"); code != http.StatusUnprocessableEntity {
		t.Fatalf("%d %s", code, text)
	}

	h := s.history(t)
	if len(h.Attempts) != 4 || h.Epoch != 2 || len(h.Kept) != 2 {
		t.Fatalf("%+v", h)
	}
	failed, same, second := h.Attempts[0], h.Attempts[1], h.Attempts[2]
	if failed.Result != "failed" || failed.Epoch != 2 || len(failed.Problems) == 0 || failed.Hash == second.Hash {
		t.Errorf("%+v", failed)
	}
	if same.Result != "same" || same.Times != 3 || same.Hash != second.Hash {
		t.Errorf("%+v", same)
	}
	r := second.Rules
	if second.Trigger != "api" || fmt.Sprint(r.Added, r.Removed, r.Changed,
		r.Reordered) != "{1 [d]} {1 [b]} {1 [a]} true" {
		t.Errorf("%+v", second)
	}
	if code, text, h := s.call(t, "GET", "/config/source?epoch=1"); code != http.StatusOK || text != first ||
		h.Get("X-Epoch") != "1" {
		t.Errorf("epoch 1: %d %s", code, text)
	}
	if _, text, _ := s.call(t, "GET", "/config/source"); text != rulesFor("c", "a=false", "d") {
		t.Errorf("what runs: %s", text)
	}
}

func TestAFileThatSomebodyElseChangedIsntReloaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, rulesFor("a"))
	s := serveFile(t, path)
	_, _, h := s.call(t, "GET", "/config/source")
	write(t, path, rulesFor("b"))
	code, text, _ := s.call(t, "POST", "/reload", "If-Match: "+h.Get("Etag"))
	var p admin.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil || code != http.StatusPreconditionFailed {
		t.Fatalf("%d %s", code, text)
	}
	if running := s.current.Load().config.Hash; p.Hash == "" || p.Hash == running {
		t.Errorf("the file is said to be %s, and %s runs", p.Hash, running)
	}
	code, text, _ = s.call(t, "POST", "/reload", `If-Match: "`+p.Hash+`"`)
	if code != http.StatusOK || !strings.Contains(text, p.Hash) {
		t.Errorf("%d %s", code, text)
	}
}

func TestTheHistoryHasBounds(t *testing.T) {
	h := &history{}
	for i := range 3 * keptAttempts {
		h.tried(admin.Attempt{Epoch: uint64(i), Result: admin.AttemptNew})
	}
	if all := h.last(); len(all) != keptAttempts || all[0].Epoch != 3*keptAttempts-1 {
		t.Errorf("%d attempts, the last one of epoch %d", len(all), all[0].Epoch)
	}
	noise := make([]byte, 3<<20) // which nothing makes smaller
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for range 20 {
		h.past = append(h.past, past{epoch: uint64(len(h.past)), hash: fmt.Sprint(len(h.past)),
			packed: append([]byte{}, noise...)})
	}
	e := servedEpoch(t, rulesFor("a"))
	if err := h.over(e); err != nil {
		t.Fatal(err)
	}
	if h.size() > keptText || len(h.past) > keptEpochs {
		t.Errorf("%d epochs of %d bytes", len(h.past), h.size())
	}
	for range 2 * keptEpochs {
		if err := h.over(e); err != nil {
			t.Fatal(err)
		}
	}
	if len(h.past) != keptEpochs || h.size() != len(h.past[0].packed) {
		t.Errorf("%d epochs of one text take %d bytes", len(h.past), h.size())
	}
	if _, kept := h.before(99); kept {
		t.Error("an epoch that never was is kept")
	}
	many := make([]config.Problem, 3*keptProblems)
	for i := range many {
		many[i] = config.Problem{Message: "is wrong", Severity: config.SeverityError}
	}
	if err := shortened(&config.Error{Problems: many}); strings.Count(err.Error(), "is wrong") != keptProblems ||
		!strings.Contains(err.Error(), "and 200 more") {
		t.Errorf("%d problems are kept", strings.Count(err.Error(), "is wrong"))
	}
}

// servedEpoch is the epoch of a configuration that is served.
func servedEpoch(t *testing.T, text string) *epoch {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, text)
	return serveFile(t, path).current.Load()
}
