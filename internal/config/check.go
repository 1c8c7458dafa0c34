package config

import "strings"

// check returns the problems of values that each are valid, but not together.
func (c *Config) check() (problems []Problem) {
	report := func(path, message string) { problems = append(problems, c.Problem(path, message)) }
	pair := func(path string, tls *ClientTLS) {
		switch {
		case tls == nil || (tls.Cert == "") == (tls.Key == ""):
		case tls.Cert == "":
			report(member(path, "tls.key"), "needs tls.cert, the certificate that it is the key of")
		default:
			report(member(path, "tls.cert"), "needs tls.key, the certificate's private key")
		}
	}
	for i, p := range c.Spec.Processors {
		pair(element("spec.processors", i), p.TLS)
	}
	for i, m := range c.Spec.Middlewares {
		pair(element("spec.middlewares", i), m.TLS)
	}
	if e := c.Spec.Ejection; e.BaseTime > e.MaxTime {
		report("spec.ejection.baseTime", "must not be longer than maxTime, "+e.MaxTime.String())
	}
	if side := c.Spec.Admin.BindAddr; side != "" && side == c.Spec.BindAddr && !strings.HasSuffix(side, ":0") {
		report("spec.admin.bindAddr",
			"must be another address than spec.bindAddr; without it that one serves the admin API, too")
	}
	return problems
}
