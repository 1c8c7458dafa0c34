package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are what the dispatcher counts, for Prometheus. They must be made by NewMetrics, and are safe for concurrent
// use.
type Metrics struct {
	open    *prometheus.Registry // what anybody may read
	details *prometheus.Registry // what names the network's own programs

	messages *prometheus.CounterVec
	duration *prometheus.HistogramVec
	match    prometheus.Histogram
	reloads  *prometheus.CounterVec
	skipped  *prometheus.CounterVec
	skippers names // of skipped
	shared   prometheus.Counter
	relayed  prometheus.Counter
}

// Sources are asked for what is known elsewhere, whenever somebody reads the metrics.
type Sources struct {
	InFlight    func() float64 // messages
	Refused     func() float64 // messages, so far
	Limits      func() map[string]Limit
	Unaccepted  func() float64 // times that no connection could be accepted, so far
	LogDropped  func() float64 // lines, so far
	Epoch       func() float64
	LoadedAt    func() time.Time // the running configuration
	Hash        func() string    // of its text
	Refs        func() int       // how many processors and middlewares get series of their own
	Backends    func() []Backend // that had calls
	Fleets      func() []Fleet
	LostRecords func() map[string]uint64 // decisions that a sink didn't take, by sink
	Panics      func() float64           // that were caught, so far
	Differences func() float64           // between the running and the shadow configuration; nil without one
}

// Limit is what is taken of something that is limited.
type Limit struct {
	Used, Max int64
	Refused   uint64 // requests, so far
}

// NewMetrics returns Metrics.
func NewMetrics(from Sources) *Metrics {
	m := &Metrics{
		skippers: names{most: from.Refs},
		open:     prometheus.NewRegistry(),
		details:  prometheus.NewRegistry(),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "routr_dispatcher_messages_total",
			Help: "Messages by SIP method, kind (request or response) and gRPC status code.",
		}, []string{"method", "kind", "code"}),
		duration: prometheus.NewHistogramVec(histogram(
			"message_duration_seconds", "Time from the arrival of a message to its answer.",
			.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 32,
		), []string{"kind"}),
		match: prometheus.NewHistogram(histogram(
			"match_duration_seconds", "Time that the rules took to pick a processor.",
			.000001, .0000025, .000005, .00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025,
		)),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "routr_dispatcher_reloads_total",
			Help: "Times that the configuration was read again, by result (ok or failed).",
		}, []string{"result"}),
		shared: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "routr_dispatcher_retransmissions_shared_total",
			Help: "Retransmissions that shared the answer of a request in flight.",
		}),
		relayed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "routr_dispatcher_messages_relayed_total",
			Help: "Messages that took the relay (spec.relay); the others took the ordinary way.",
		}),
		skipped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "routr_dispatcher_middleware_failures_skipped_total",
			Help: "Failures of a middleware that messages went on after (onError: skip).",
		}, []string{"ref"}),
	}
	m.open.MustRegister(m.messages, m.duration, m.match, m.reloads, m.shared, m.relayed,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.open.MustRegister(from.collectors()...)
	m.details.MustRegister(m.skipped, newBackends(from))
	for _, result := range []string{"ok", "failed"} {
		m.reloads.WithLabelValues(result)
	}
	return m
}

// histogram is one with buckets, and a native one besides for a Prometheus that asks for it: its buckets are a tenth
// apart, so that quantiles are as exact.
func histogram(name, help string, buckets ...float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{
		Name: "routr_dispatcher_" + name, Help: help, Buckets: buckets,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160,
		NativeHistogramMinResetDuration: time.Hour,
	}
}

func (s Sources) collectors() []prometheus.Collector {
	gauge := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "routr_dispatcher_" + name, Help: help}, read)
	}
	counter := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "routr_dispatcher_" + name, Help: help}, read)
	}
	return []prometheus.Collector{
		gauge("messages_in_flight", "Messages in flight.", s.InFlight),
		counter("messages_refused_total", "Messages refused because too many were in flight.", s.Refused),
		gauge("config_epoch", "Number of the running configuration, which counts up at each reload.", s.Epoch),
		gauge("config_loaded_timestamp_seconds", "When the running configuration was loaded.", func() float64 {
			return float64(s.LoadedAt().UnixNano()) / 1e9
		}),
		counter("shadow_differences_total",
			"Messages that the shadow configuration would send elsewhere.", s.Differences),
		counter("panics_total",
			"Mistakes of the dispatcher's own that were caught: whatever it was, tell its authors.", s.Panics),
		counter("log_lines_dropped_total", "Lines of the log that were dropped, because nobody read them fast enough "+
			"or there were too many.", s.LogDropped),
		&running{s.Hash},
		&lost{s.LostRecords},
		&limits{s.Limits},
		counter("accept_failures_total",
			"Times that a connection couldn't be accepted, such as without file descriptors.", s.Unaccepted),
	}
}

// Message counts a message that was answered or failed. method and code are names; what isn't one counts as Other.
func (m *Metrics) Message(method, kind, code string, total, match time.Duration) {
	m.messages.WithLabelValues(methodLabel(method), kind, codeLabel(code)).Inc()
	m.duration.WithLabelValues(kind).Observe(total.Seconds())
	if match > 0 {
		m.match.Observe(match.Seconds())
	}
}

// Shared counts a retransmission that shared an answer.
func (m *Metrics) Shared() { m.shared.Inc() }

// Relayed counts a message that took the relay.
func (m *Metrics) Relayed() { m.relayed.Inc() }

// Skipped counts a failure of a middleware that didn't stop the message.
func (m *Metrics) Skipped(ref string) { m.skipped.WithLabelValues(m.skippers.label(ref)).Inc() }

// Reload counts an attempt to read the configuration again.
func (m *Metrics) Reload(ok bool) {
	result := "failed"
	if ok {
		result = "ok"
	}
	m.reloads.WithLabelValues(result).Inc()
}

// Open serves what anybody may read: nothing in it names a processor, a middleware or an address.
func (m *Metrics) Open() http.Handler { return promhttp.HandlerFor(m.open, promhttp.HandlerOpts{}) }

// All serves everything.
func (m *Metrics) All() http.Handler {
	return promhttp.HandlerFor(prometheus.Gatherers{m.open, m.details}, promhttp.HandlerOpts{})
}
