package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/config"
)

// side is one of two dispatchers that differ in spec.relay alone.
type side struct {
	relay  string
	addr   string
	scheme string // of the side door
	stop   func()
}

// serve starts a dispatcher. spec is what else stands below spec in its configuration.
func serve(t testing.TB, relay, spec string) *side {
	t.Helper()
	return serveWith(t, relay, spec, app.Options{Log: slog.New(slog.DiscardHandler)})
}

func serveWith(t testing.TB, relay, spec string, opts app.Options) *side {
	t.Helper()
	text := "kind: MessageDispatcher\napiVersion: v2beta1\nref: one\nspec:\n  bindAddr: 127.0.0.1:0\n" +
		"  relay: " + relay +
		"\n" + spec
	file := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(file, []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	opts.Config, opts.Version, opts.DrainTimeout = cfg, "test", patience
	a, err := app.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	s := &side{relay: relay, addr: a.Addr().String(), scheme: "http"}
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(s.stop)
	return s
}

// get returns a page of the side door.
func (s *side) get(t testing.TB, path string) string {
	t.Helper()
	resp, err := http.Get(s.scheme + "://" + s.addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decision is a record without what differs from run to run, and which way it took.
type decision struct{ id, text, way string }

// unlike are the fields of a decision that no two messages have in common.
var unlike = []string{"id", "time", "durationNs", "matchNs", "durations", "sharedWith", "way"}

// decisions are all records, sorted, once there are as many as n; those that there are, where n is 0 or they stay
// fewer.
func (s *side) decisions(t *testing.T, n int) (all []decision) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if all = s.recorded(t); len(all) >= n || time.Now().After(end) {
			break
		}
	}
	for i, d := range all {
		all[i].text += "\n" + s.message(t, d.id)
	}
	slices.SortFunc(all, func(a, b decision) int { return strings.Compare(a.text, b.text) })
	return all
}

// message is what is kept of a decision's message.
func (s *side) message(t *testing.T, id string) string {
	t.Helper()
	var one struct{ Message json.RawMessage }
	text := s.get(t, "/api/v1/decisions/"+id)
	if err := json.Unmarshal([]byte(text), &one); err != nil {
		t.Fatalf("%v in %.1000s", err, text)
	}
	return string(one.Message)
}

func (s *side) recorded(t *testing.T) (all []decision) {
	t.Helper()
	next := ""
	for {
		var page struct {
			Decisions []map[string]any
			Next      *string
		}
		text := s.get(t, "/api/v1/decisions?limit=1000"+next)
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatalf("%v in %.1000s", err, text)
		}
		for _, d := range page.Decisions {
			id, way := fmt.Sprint(d["id"]), fmt.Sprint(d["way"])
			for _, name := range unlike {
				delete(d, name)
			}
			for _, c := range d["calls"].([]any) {
				delete(c.(map[string]any), "durationNs")
			}
			line, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, decision{id, roughly(string(line)), way})
		}
		if page.Next == nil {
			return all
		}
		next = "&before=" + *page.Next
	}
}

// left is what a caller's time of 700 ms is when a call begins.
var left = regexp.MustCompile(`within ([2-6]\d\d|700)ms`)

// roughly has a text tell of a caller's time without what was used up of it before the call.
func roughly(text string) string { return left.ReplaceAllString(text, "within the caller's time") }

var counted = regexp.MustCompile(`(?m)^routr_dispatcher_(messages_total|messages_refused|retransmissions|` +
	`middleware_failures|backend_(calls|retries|failures)_total|requests_refused|panics|messages_in_flight).*$`)

// counts are the metrics that count messages and calls.
func (s *side) counts(t *testing.T) []string {
	t.Helper()
	return counted.FindAllString(s.get(t, "/metrics"), -1)
}
