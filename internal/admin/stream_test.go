package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/server"
)

// serverTime is what the server lets a request take, and each write, which lasts a while on a busy machine.
const serverTime = 2 * time.Second

// serve puts the side door on a real server.
func (s *side) serve() (url string) {
	s.t.Helper()
	srv, err := server.Listen(s.t.Context(), server.Options{
		Addr: "127.0.0.1:0", Handler: s.mux,
		Limits: server.Limits{ReadTimeout: serverTime, WriteTimeout: serverTime},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve() }()
	s.t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			s.t.Error(err)
		}
		if err := <-served; err != nil {
			s.t.Error(err)
		}
	})
	return "http://" + srv.Addr().String()
}

// watching is one reader of a stream.
type watching struct {
	*http.Response
	lines *bufio.Scanner
}

func watch(ctx context.Context, t *testing.T, method, url string, change ...func(*http.Request)) watching {
	t.Helper()
	w, err := watched(ctx, url, append(change, func(r *http.Request) { r.Method = method })...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Body.Close() })
	return w
}

// watched is watch where the answer may not come.
func watched(ctx context.Context, url string, change ...func(*http.Request)) (watching, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/decisions/stream", nil)
	if err != nil {
		return watching{}, err
	}
	for _, c := range change {
		c(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return watching{}, err
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<24) // an event is a line
	return watching{resp, lines}, nil
}

// event returns the next event: its id, its name and its data. All are empty at the end.
func (w watching) event() (id, name, data string) {
	for w.lines.Scan() {
		key, value, _ := strings.Cut(w.lines.Text(), ": ")
		switch key {
		case "id":
			id = value
		case "event":
			name = value
		case "data":
			data = value
		}
		if w.lines.Text() == "" && name != "" {
			return id, name, data
		}
	}
	return "", "", ""
}

func TestAStreamGoesOnPastTheServersLimitsAndResumes(t *testing.T) {
	s := newSide(t)
	url := s.serve()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := watch(ctx, t, "GET", url)
	if w.StatusCode != http.StatusOK || w.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", w.StatusCode, w.Header)
	}
	time.Sleep(serverTime + serverTime/10)
	s.record("call-1", "chat", 0)
	first, name, data := w.event()
	if name != "decision" || !strings.Contains(data, `"callId":"call-1"`) || !strings.Contains(data, first) {
		t.Fatalf("%q %q %q", first, name, data)
	}
	cancel()
	s.record("call-2", "chat", 0)
	for how, change := range map[string]func(*http.Request){
		"by header":    header("Last-Event-ID", first),
		"by parameter": func(r *http.Request) { r.URL.RawQuery = "after=" + first },
	} {
		again := watch(t.Context(), t, "GET", url, change)
		if _, name, data := again.event(); name != "decision" || !strings.Contains(data, `"callId":"call-2"`) {
			t.Errorf("%s: %q %q", how, name, data)
		}
		again.Body.Close()
	}
}

func TestAStreamEndsWhenTheDispatcherStops(t *testing.T) {
	s := newSide(t)
	w := watch(t.Context(), t, "GET", s.serve())
	close(s.done)
	if id, name, _ := w.event(); id != "" || name != "" {
		t.Errorf("an event %q %q instead of the end", id, name)
	}
	if err := w.lines.Err(); err != nil {
		t.Errorf("it was cut off: %v", err)
	}
}

func TestAStreamEndsWhereItsTokenIsReplaced(t *testing.T) {
	for name, by := range map[string]string{"by another one": "n3w-token", "by none, for a reader behind a proxy": ""} {
		t.Run(name, func(t *testing.T) {
			var token atomic.Value
			token.Store("old-token")
			s := newSide(t, func(o *Options) { o.Token = func() string { return token.Load().(string) } })
			w := watch(t.Context(), t, http.MethodGet, s.serve(), func(r *http.Request) {
				r.Header.Set("Authorization", "Bearer old-token")
				r.Header.Set("X-Forwarded-For", "203.0.113.9")
			})
			s.record("before", "chat", 0)
			if _, name, data := w.event(); name != "decision" || !strings.Contains(data, `"before"`) {
				t.Fatalf("%s %s", name, data)
			}
			token.Store(by)
			s.record("after", "chat", 0)
			if _, name, data := w.event(); name != "" || data != "" {
				t.Errorf("it still gets %s %s", name, data)
			}
		})
	}
}

func TestAReaderOfARestartedDispatcherIsTold(t *testing.T) {
	s := newSide(t)
	url := s.serve()
	w := watch(t.Context(), t, "GET", url, header("Last-Event-ID", "elsewhere-0000000001"))
	if _, name, data := w.event(); name != "lost" || !strings.Contains(data, `"restarted":true`) {
		t.Errorf("%q %q", name, data)
	}
	w.Body.Close()
	s.refused(request("GET", "/api/v1/decisions/stream?after=elsewhere-0000000001", ""), 400, "request-invalid")
	if head := watch(t.Context(), t, "HEAD", url); head.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %d", head.StatusCode)
	}
}

func TestASlowReaderIsToldWhatItLost(t *testing.T) {
	s := newSide(t)
	s.record("first", "chat", 0)
	var list decisionList
	s.get(request("GET", "/api/v1/decisions", ""), &list)
	const more = 12_000 // the log keeps 10,000
	for i := range more {
		s.record(fmt.Sprint("call-", i), "chat", 0)
	}
	w := watch(t.Context(), t, "GET", s.serve(), header("Last-Event-ID", list.Decisions[0].ID))
	_, name, data := w.event()
	lost := 0
	if _, err := fmt.Sscanf(data, `{"lost":%d}`, &lost); err != nil || name != "lost" || lost < 1 || lost >= more {
		t.Fatalf("%q %q", name, data)
	}
	if _, name, data := w.event(); name != "decision" ||
		!strings.Contains(data, fmt.Sprintf(`"callId":"call-%d"`, lost)) {
		t.Errorf("after %d lost: %q %q", lost, name, data)
	}
	w.Body.Close()
}

func TestStreamsAreLimited(t *testing.T) {
	s := newSide(t)
	url := s.serve()
	var open []watching
	for range maxStreams {
		open = append(open, watch(t.Context(), t, "GET", url))
	}
	s.refused(request("GET", "/api/v1/decisions/stream", ""), 503, "busy")
	if open, most, refused := s.guard.Streams(); open != maxStreams || most != maxStreams || refused != 1 {
		t.Errorf("%d of %d streams are open, %d were refused", open, most, refused)
	}
	for _, w := range open {
		w.Body.Close()
	}
}

func TestAReaderThatTakesNothingHoldsNobodyUp(t *testing.T) {
	s := newSide(t)
	s.record("first", "chat", 0)
	var list decisionList
	s.get(request("GET", "/api/v1/decisions", ""), &list)
	for range 9000 { // far more than fits between two processes
		s.record(strings.Repeat("x", 1000), "chat", 0)
	}
	watch(t.Context(), t, "GET", s.serve(), header("Last-Event-ID", list.Decisions[0].ID))
	close(s.done) // the server's Shutdown, at the end, has less time than the stream's patience
}

// query asks a stream for more than all that comes.
func query(text string) func(*http.Request) { return func(r *http.Request) { r.URL.RawQuery = text } }

func TestAStreamIsFilteredBatchedAndSampled(t *testing.T) {
	s := newSide(t)
	url := s.serve()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := watch(ctx, t, "GET", url)
	failed := watch(ctx, t, "GET", url, query("failed=true&batch=20ms"))
	sampled := watch(ctx, t, "GET", url, query("max=3&batch=3s"))
	s.record("call-0", "chat", 0)
	s.record("call-1", "", 5)
	for range 20 {
		s.record("call-2", "chat", 0)
	}
	id, name, data := first.event()
	if name != "decision" || !strings.Contains(data, `"callId":"call-0"`) {
		t.Errorf("%s %s", name, data)
	}
	former, _, _ := strings.Cut(id, "-")
	id, name, data = failed.event()
	var batch []struct{ ID, CallID string }
	if err := json.Unmarshal([]byte(data), &batch); err != nil || name != "decisions" || len(batch) != 1 ||
		batch[0].CallID != "call-1" || batch[0].ID != id {
		t.Errorf("%s %s %s: %v", id, name, data, err)
	}
	if _, name, data = sampled.event(); name != "sampled" || data != `{"leftOut":13}` {
		t.Errorf("%s %s", name, data)
	}
	if id, name, data = sampled.event(); name != "decisions" || id != former+"-000000000022" {
		t.Errorf("%s %s", id, name)
	}
	if err := json.Unmarshal([]byte(data), &batch); err != nil || len(batch) != 9 {
		t.Errorf("%d of them, %v", len(batch), err)
	}
	anew := watch(ctx, t, "GET", url, query("after=aaaaaaaa-000000000001"))
	if _, name, data := anew.event(); name != "lost" || data != `{"lost":0,"restarted":true}` {
		t.Errorf("%s %s", name, data)
	}
	for text, parameter := range map[string]string{
		"after=x": "after", "batch=1ms": "batch", "batch=11s": "batch", "max=0": "max", "code=x": "code",
		"limit=1": "limit",
	} {
		if p := s.refused(request("GET", "/api/v1/decisions/stream?"+text, ""), 400,
			"request-invalid"); p.Path != parameter {
			t.Errorf("%s: %+v", text, p)
		}
	}
}

// block is what a stream sends between two empty lines.
type block struct{ id, name, data string }

// blocks returns what comes until the stream ends, the ids without an event too.
func (w watching) blocks() (all []block) {
	var b block
	for w.lines.Scan() {
		switch key, value, _ := strings.Cut(w.lines.Text(), ": "); key {
		case "":
			if b != (block{}) {
				all = append(all, b)
			}
			b = block{}
		case "id":
			b.id = value
		case "event":
			b.name = value
		case "data":
			b.data = value
		}
	}
	return all
}

// TestATornStreamAccountsForEachDecision tears a sampled stream again and again, also before anything came. What was
// sent and what was left out are all there was, and nothing comes twice.
func TestATornStreamAccountsForEachDecision(t *testing.T) {
	s := newSide(t)
	url := s.serve()
	var list decisionList
	s.get(request("GET", "/api/v1/decisions", ""), &list)
	last, made, leftOut := "", 0, 0
	resume := func(r *http.Request) { r.Header.Set("Last-Event-ID", last) }
	seen := map[string]bool{}
	for tear := 0; tear < 30 || len(seen)+leftOut < made; tear++ {
		if tear == 1000 {
			t.Fatalf("%d were sent and %d left out of %d", len(seen), leftOut, made)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(tear%6)*7*time.Millisecond+time.Millisecond)
		for ; tear < 30 && made < (tear+1)*50; made++ {
			s.record("call", "chat", 0)
		}
		w, err := watched(ctx, url, query("max=20&batch=10ms&after="+list.Newest), resume)
		if err != nil { // torn before the answer
			cancel()
			continue
		}
		held := 0
		for _, b := range w.blocks() {
			var told struct{ LeftOut, Lost int }
			var sent []struct{ ID string }
			if strings.HasPrefix(b.data, "[") {
				err = json.Unmarshal([]byte(b.data), &sent)
			} else if b.data != "" {
				err = json.Unmarshal([]byte(b.data), &told)
			}
			if err != nil || told.Lost > 0 {
				t.Fatalf("%+v: %v", b, err)
			}
			for _, d := range sent {
				if seen[d.ID] {
					t.Errorf("%s came twice", d.ID)
				}
				seen[d.ID] = true
			}
			held += told.LeftOut
			if b.id != "" {
				leftOut, held, last = leftOut+held, 0, b.id
			}
		}
		w.Body.Close()
		cancel()
	}
	if len(seen)+leftOut != made || leftOut == 0 {
		t.Errorf("%d were sent and %d left out of %d", len(seen), leftOut, made)
	}
}
