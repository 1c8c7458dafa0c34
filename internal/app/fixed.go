package app

import (
	"reflect"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// fixed says which properties differ that a running process doesn't change any more.
func fixed(before, after *config.Config) (all []config.Problem) {
	b, a := before.Spec, after.Spec
	b.Limits.InFlight, a.Limits.InFlight = 0, 0 // these two follow
	b.Limits.Adaptive, a.Limits.Adaptive = false, false
	for _, p := range []struct {
		path          string
		before, after any
	}{
		{"spec.bindAddr", b.BindAddr, a.BindAddr},
		{"spec.maxMessageBytes", b.MaxMessageBytes, a.MaxMessageBytes},
		{"spec.limits", b.Limits, a.Limits},
		{"spec.maxConnectionAge", b.MaxConnectionAge, a.MaxConnectionAge},
		{"spec.relay", b.Relay, a.Relay},
		{"spec.tls", b.TLS, a.TLS},
		{"spec.decisions", b.Decisions, a.Decisions},
		{"spec.fleet", b.Fleet, a.Fleet},
		{"spec.admin.enabled", b.Admin.Enabled, a.Admin.Enabled},
		{"spec.admin.bindAddr", b.Admin.BindAddr, a.Admin.BindAddr},
	} {
		if !reflect.DeepEqual(p.before, p.after) {
			w := after.Problem(p.path, "the change takes effect when the dispatcher is started again")
			w.Severity = config.SeverityWarning
			all = append(all, w)
		}
	}
	return all
}
