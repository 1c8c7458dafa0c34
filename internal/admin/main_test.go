package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// TestMain lets the test binary be a rule worker, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "rule-worker" {
		if err := worker.Main(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// resourceText is the configuration of the tests, with a secret in it.
const resourceText = `kind: MessageDispatcher
apiVersion: v2beta1
ref: test
spec:
  decisions: {nats: {url: "nats://dispatcher:s3cret-nats@127.0.0.1:4222"}}
  middlewares:
    - {ref: auth, addr: "127.0.0.1:1", postProcessor: false}
    - {ref: log, addr: "127.0.0.1:2", postProcessor: true}
  processors:
    - {ref: chat, addr: "127.0.0.1:3", methods: [MESSAGE], matchFunc: "req => req.message.requestUri.host === 'sip.local'"}
    - {ref: calls, addr: "127.0.0.1:4", methods: [INVITE], matchFunc: "req => req.message.contact.expires > 0 && true"}
`

// side is a side door with everything behind it.
type side struct {
	t         *testing.T
	opts      Options
	mux       *http.ServeMux
	guard     Guard
	log       *logged
	reloadErr error
	attempts  []Attempt
	reasons   []Reason
	past      map[uint64]Source
	done      chan struct{}
}

// logged is what was logged, at every level.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newSide(t *testing.T, change ...func(*Options)) *side {
	t.Helper()
	cfg, err := config.Parse("dispatcher.yaml", []byte(resourceText))
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := decision.NewLog(decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	workers, err := worker.NewPool(worker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(workers.Close)
	s := &side{t: t, mux: http.NewServeMux(), log: &logged{}, done: make(chan struct{})}
	loaded := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := dispatcherOf(t, cfg)
	s.opts = Options{
		Version: "1.2.3", Budget: server.NewByteBudget(64 << 20), Decisions: decisions, Workers: workers, Done: s.done,
		Snapshot: func() Snapshot { return Snapshot{Config: cfg, Epoch: 7, LoadedAt: loaded, Dispatcher: d} },
		Reload: func(_ context.Context, want func(string) bool) (uint64, bool, error) {
			if want != nil && !want("0ther") {
				return 7, false, &Mismatch{"0ther"}
			}
			return 8, true, s.reloadErr
		},
		Self: func() bus.State {
			return bus.State{Name: "test", BootID: decisions.BootID(), Epoch: 7, Hash: cfg.Hash, LoadedAt: loaded}
		},
		Attempts: func() []Attempt { return s.attempts },
		Kept:     func() []uint64 { return slices.Sorted(maps.Keys(s.past)) },
		Past:     func(epoch uint64) (Source, bool) { source, ok := s.past[epoch]; return source, ok },
		Backends: func(use func([]*backend.Backend)) { use(d.Processors) },
		Ready:    func() (bool, string, []Reason) { return len(s.reasons) == 0, "as it is", s.reasons },
		Log:      slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&s.opts)
	}
	s.guard = Handle(s.mux, s.opts)
	return s
}

func parsed(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("dispatcher.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// dispatcherOf builds what package app builds, without connecting to anything.
func dispatcherOf(t *testing.T, cfg *config.Config) *dispatch.Dispatcher {
	t.Helper()
	b := func(role backend.Role, ref string, f config.Fleet) *backend.Backend {
		made, err := backend.NewPool().Get(backend.Options{
			Role: role, Ref: ref, Addrs: []backend.Address{{Target: f.Addrs[0].Target, Weight: 1}},
			Timeout: time.Second, MaxMessageBytes: 1 << 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { made.Close() })
		return made
	}
	params := dispatch.Params{}
	for _, m := range cfg.Spec.Middlewares {
		stop := dispatch.Middleware{Backend: b(backend.Middleware, m.Ref, m.Fleet)}
		if m.PostProcessor {
			params.Post = append(params.Post, stop)
		} else {
			params.Pre = append(params.Pre, stop)
		}
	}
	var rules []routing.Rule
	for _, p := range cfg.Spec.Processors {
		params.Processors = append(params.Processors, b(backend.Processor, p.Ref, p.Fleet))
		fn, err := matchfunc.Compile(p.MatchFunc, matchfunc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rule := routing.Rule{Ref: p.Ref, Func: fn}
		for _, m := range p.Methods {
			rule.Methods = append(rule.Methods, message.Method(m))
		}
		rules = append(rules, rule)
	}
	params.Table = routing.New(rules, routing.Options{})
	return dispatch.New(params)
}

// record adds a decision, as if the message had come in.
func (s *side) record(callID, processor string, code uint32) {
	s.t.Helper()
	s.recorded(callID, processor, "s3cret-digest", code)
}

// recordWith adds a decision of a message with this digest.
func (s *side) recordWith(digest, processor string) {
	s.t.Helper()
	s.recorded("call-1", processor, digest, 0)
}

func (s *side) recorded(callID, processor, digest string, code uint32) {
	s.t.Helper()
	wire, err := proto.Marshal(&routrpb.MessageRequest{
		Ref: callID, Method: routrpb.Method_MESSAGE,
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob",
				UserPassword: "s3cret-uri", Host: "sip.local"}},
			Authorization: &routrpb.Authorization{Username: "bob", Response: digest},
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := message.Parse(wire)
	if err != nil {
		s.t.Fatal(err)
	}
	r := decision.Record{}
	r.Begin(wire, time.Now())
	r.Read(req)
	r.Epoch, r.Processor, r.RulesTried, r.Code, r.Total = 7, processor, 1, status.Code(code), time.Millisecond
	if code != 0 {
		r.Error = "no luck"
	} else {
		r.Calls = []decision.Call{{Ref: processor, Addr: "127.0.0.1:3", Role: "processor", Attempts: 1,
			Duration: time.Millisecond}}
	}
	s.opts.Decisions.Add(&r)
}

// from is who makes a call: this machine, or another one.
const (
	local  = "127.0.0.1:4000"
	remote = "203.0.113.9:4000"
)

// request is a call from this machine, changed by the functions.
func request(method, path, body string, change ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, "http://127.0.0.1:51901"+path, strings.NewReader(body))
	r.RemoteAddr = local
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, c := range change {
		c(r)
	}
	return r
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func peer(addr string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = addr } }

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

// do makes a call, and holds its answer against the OpenAPI document.
func (s *side) do(r *http.Request) *httptest.ResponseRecorder {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	conforms(s.t, r, w)
	return w
}

// get decodes the answer to a call that must succeed.
func (s *side) get(r *http.Request, into any) {
	s.t.Helper()
	w := s.do(r)
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", r.Method, r.URL, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		s.t.Fatal(err)
	}
}

// refused returns the problem that a call must end with.
func (s *side) refused(r *http.Request, status int, kind string) Problem {
	s.t.Helper()
	w := s.do(r)
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		s.t.Fatalf("%s %s: %d %s: %v", r.Method, r.URL, w.Code, w.Body, err)
	}
	if w.Code != status || p.Status != status || p.Type != typePrefix+kind || p.Title == "" || p.Detail == "" {
		s.t.Errorf("%s %s: %d %s, not %d %s", r.Method, r.URL, w.Code, w.Body, status, kind)
	}
	return p
}

// encode is JSON for a body.
func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var errBroken = errors.New("open dispatcher.yaml: no such file")
