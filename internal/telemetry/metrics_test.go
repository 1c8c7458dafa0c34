package telemetry

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func metrics() *Metrics {
	return metricsOf(Backend{
		Ref: "connect", Role: "processor", InFlight: 7, Calls: 8, Retries: 9,
		Failures: map[string]uint64{"UNAVAILABLE": 10, "CODE(17)": 2, "CODE(99)": 3},
	})
}

func sources() Sources {
	number := func(v float64) func() float64 { return func() float64 { return v } }
	return Sources{
		InFlight: number(1), Refused: number(2), Epoch: number(3),
		LoadedAt:    func() time.Time { return time.Unix(4, 0) },
		Hash:        func() string { return "abc" },
		LogDropped:  number(15),
		Unaccepted:  number(15),
		Limits:      func() map[string]Limit { return map[string]Limit{"memory": {Used: 12, Max: 13, Refused: 14}} },
		Differences: number(5), Panics: number(12),
		LostRecords: func() map[string]uint64 { return map[string]uint64{"nats": 6} },
		Refs:        func() int { return 200 },
		Fleets: func() []Fleet {
			return []Fleet{{Name: "10.0.0.1:1, 10.0.0.2:1", Instances: map[string]int{"ready": 11}}}
		},
	}
}

func metricsOf(b Backend) *Metrics {
	from := sources()
	from.Backends = func() []Backend { return []Backend{b} }
	m := NewMetrics(from)
	m.Message("INVITE", "request", "OK", time.Second, time.Microsecond)
	m.Skipped("cdr")
	m.Shared()
	m.Relayed()
	m.Reload(true)
	return m
}

func read(h http.Handler) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func TestMetricsAreThoseOfTheDocuments(t *testing.T) {
	text := read(metrics().All())
	for _, line := range []string{
		`routr_dispatcher_messages_total{code="OK",kind="request",method="INVITE"} 1`,
		`routr_dispatcher_messages_relayed_total 1`,
		`routr_dispatcher_message_duration_seconds_count{kind="request"} 1`,
		`routr_dispatcher_match_duration_seconds_count 1`,
		`routr_dispatcher_messages_in_flight 1`,
		`routr_dispatcher_messages_refused_total 2`,
		`routr_dispatcher_config_epoch 3`, `routr_dispatcher_config_info{hash="abc"} 1`,
		`routr_dispatcher_config_loaded_timestamp_seconds 4`,
		`routr_dispatcher_shadow_differences_total 5`,
		`routr_dispatcher_panics_total 12`,
		`routr_dispatcher_decisions_lost_total{sink="nats"} 6`,
		`routr_dispatcher_log_lines_dropped_total 15`,
		`routr_dispatcher_limit_used{limit="memory"} 12`,
		`routr_dispatcher_accept_failures_total 15`,
		`routr_dispatcher_limit_max{limit="memory"} 13`,
		`routr_dispatcher_requests_refused_total{limit="memory"} 14`,
		`routr_dispatcher_backend_calls_in_flight{ref="connect",role="processor"} 7`,
		`routr_dispatcher_backend_calls_total{ref="connect",role="processor"} 8`,
		`routr_dispatcher_backend_retries_total{ref="connect",role="processor"} 9`,
		`routr_dispatcher_backend_failures_total{code="UNAVAILABLE",ref="connect",role="processor"} 10`,
		`routr_dispatcher_backend_failures_total{code="OTHER",ref="connect",role="processor"} 5`,
		`routr_dispatcher_fleet_instances{fleet="10.0.0.1:1, 10.0.0.2:1",state="ready"} 11`,
		`routr_dispatcher_middleware_failures_skipped_total{ref="cdr"} 1`,
		`routr_dispatcher_retransmissions_shared_total 1`,
		`routr_dispatcher_reloads_total{result="ok"} 1`,
		`routr_dispatcher_reloads_total{result="failed"} 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

func TestTenThousandRefsStayWithinTheirBound(t *testing.T) {
	all, fleets := []Backend{}, []Fleet{}
	for n := range 10_000 {
		all = append(all, Backend{
			Ref: fmt.Sprintf("tenant-%05d.example.com", n), Role: "processor", Calls: 2, Retries: 1, InFlight: 1,
			Failures: map[string]uint64{"UNAVAILABLE": 1, "NOT_FOUND": 1},
		})
		states := map[string]int{"ready": 1, "failing": 1}
		fleets = append(fleets, Fleet{Name: fmt.Sprintf("tenant-%05d.example.com:50051", n), Instances: states})
	}
	most := 200
	from := sources()
	from.Refs = func() int { return most }
	from.Backends, from.Fleets = func() []Backend { return all }, func() []Fleet { return fleets }
	m := NewMetrics(from)
	has := func(lines ...string) {
		t.Helper()
		text := read(m.All())
		if len(text) > 200_000 {
			t.Errorf("the metrics have %d bytes", len(text))
		}
		for _, line := range lines {
			if !strings.Contains(text, "\n"+line+"\n") {
				t.Errorf("no line %s", line)
			}
		}
	}
	has(
		`routr_dispatcher_backend_calls_total{ref="tenant-00199.example.com",role="processor"} 2`,
		`routr_dispatcher_backend_calls_total{ref="other",role="processor"} 19600`,
		`routr_dispatcher_backend_calls_in_flight{ref="other",role="processor"} 9800`,
		`routr_dispatcher_backend_failures_total{code="NOT_FOUND",ref="other",role="processor"} 9800`,
		`routr_dispatcher_fleet_instances{fleet="other",state="failing"} 9800`,
	)
	all[9999].Calls = 5
	has(`routr_dispatcher_backend_calls_total{ref="other",role="processor"} 19603`)
	all = all[9000:] // a reload took the others away, those with a name included
	has(
		`routr_dispatcher_backend_calls_total{ref="other",role="processor"} 19603`,
		`routr_dispatcher_backend_calls_in_flight{ref="other",role="processor"} 1000`,
	)
	all = append(all, Backend{Ref: "new", Role: "processor", Calls: 7})
	all = append(all, Backend{Ref: "other", Role: "processor", Calls: 1})
	has(
		`routr_dispatcher_backend_calls_total{ref="new",role="processor"} 7`, // there is room again
		`routr_dispatcher_backend_calls_total{ref="other",role="processor"} 19604`,
	)
	most = 0
	for n := range 1000 {
		m.Skipped(fmt.Sprint("middleware-", n))
	}
	has(`routr_dispatcher_middleware_failures_skipped_total{ref="other"} 1000`)
}

func TestWhatHasNoNameIsOneSeries(t *testing.T) {
	m := metrics()
	for _, nonsense := range []string{"1000", "1001", "-5", "CODE(77)", "CODE(78)", "invite", "", "x\n"} {
		m.Message(nonsense, "request", nonsense, time.Second, 0)
	}
	text := read(m.All())
	if want := `routr_dispatcher_messages_total{code="OTHER",kind="request",method="OTHER"} 8`; !strings.Contains(text,
		"\n"+want+"\n") {
		t.Errorf("no line %s", want)
	}
	if n := strings.Count(text, "\nroutr_dispatcher_messages_total{"); n != 2 {
		t.Errorf("%d series of messages, want 2", n)
	}
}

func TestARefShowsWhatATerminalWouldObey(t *testing.T) {
	const ref, shown = "c\x1b[31m\u202e\n", `c\\u001b[31m\\u202e\\n` // the backslashes are Prometheus' to double
	m := metricsOf(Backend{Ref: ref, Role: "middleware", Calls: 1})
	m.Skipped(ref)
	text := read(m.All())
	for _, line := range []string{
		`routr_dispatcher_backend_calls_total{ref="` + shown + `",role="middleware"} 1`,
		`routr_dispatcher_middleware_failures_skipped_total{ref="` + shown + `"} 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s in\n%q", line, text)
		}
	}
}

func TestWhatAnybodyMayReadNamesNobody(t *testing.T) {
	text := read(metrics().Open())
	if !strings.Contains(text, "routr_dispatcher_messages_total") {
		t.Error("it lacks the messages")
	}
	for _, name := range []string{"connect", "cdr"} {
		if strings.Contains(text, `"`+name+`"`) {
			t.Errorf("it names %s", name)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	m := metrics()
	b.ReportAllocs()
	for b.Loop() {
		m.Message("INVITE", "request", "OK", time.Millisecond, time.Microsecond)
	}
}

// A Prometheus that takes native histograms gets them beside the buckets.
func TestHistogramsAreNativeToo(t *testing.T) {
	m := metrics()
	families, err := m.open.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range families {
		for _, series := range f.GetMetric() {
			if h := series.GetHistogram(); h != nil {
				found++
				if len(h.GetBucket()) == 0 || len(h.GetPositiveSpan()) == 0 {
					t.Errorf("%s has %d buckets and %d spans",
						f.GetName(), len(h.GetBucket()), len(h.GetPositiveSpan()))
				}
			}
		}
	}
	if found != 2 {
		t.Errorf("there are %d histograms", found)
	}
}
