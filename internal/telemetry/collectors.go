package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

var (
	limitUsed = prometheus.NewDesc("routr_dispatcher_limit_used",
		"What is taken of a limit: bytes of requests in work, open streams.", []string{"limit"}, nil)
	limitMax = prometheus.NewDesc("routr_dispatcher_limit_max",
		"What may be taken of a limit at once.", []string{"limit"}, nil)
	limitRefused = prometheus.NewDesc("routr_dispatcher_requests_refused_total",
		"Requests refused because a limit was reached.", []string{"limit"}, nil)
	lostRecords = prometheus.NewDesc("routr_dispatcher_decisions_lost_total",
		"Decisions that a sink didn't take.", []string{"sink"}, nil)
)

var configInfo = prometheus.NewDesc(
	"routr_dispatcher_config_info", "The running configuration, by the hash of its text.", []string{"hash"}, nil,
)

// running tells Prometheus which configuration runs, so that it can be seen whether all replicas have the same.
type running struct{ hash func() string }

// Describe implements prometheus.Collector.
func (r *running) Describe(to chan<- *prometheus.Desc) { to <- configInfo }

// Collect implements prometheus.Collector.
func (r *running) Collect(to chan<- prometheus.Metric) {
	defer panics.Caught("collect the hash of the configuration") // in a goroutine of Prometheus'
	to <- prometheus.MustNewConstMetric(configInfo, prometheus.GaugeValue, 1, r.hash())
}

// lost tells Prometheus of decisions that went nowhere.
type lost struct{ read func() map[string]uint64 }

// Describe implements prometheus.Collector.
func (l *lost) Describe(to chan<- *prometheus.Desc) { to <- lostRecords }

// Collect implements prometheus.Collector.
func (l *lost) Collect(to chan<- prometheus.Metric) {
	defer panics.Caught("collect the metrics of sinks")
	for sink, n := range l.read() {
		to <- prometheus.MustNewConstMetric(lostRecords, prometheus.CounterValue, float64(n), sink)
	}
}

// limits tells Prometheus of what is limited.
type limits struct{ read func() map[string]Limit }

// Describe implements prometheus.Collector.
func (l *limits) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{limitUsed, limitMax, limitRefused} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (l *limits) Collect(to chan<- prometheus.Metric) {
	for name, of := range l.read() {
		to <- prometheus.MustNewConstMetric(limitUsed, prometheus.GaugeValue, float64(of.Used), name)
		to <- prometheus.MustNewConstMetric(limitMax, prometheus.GaugeValue, float64(of.Max), name)
		to <- prometheus.MustNewConstMetric(limitRefused, prometheus.CounterValue, float64(of.Refused), name)
	}
}
