package siptext

import (
	"regexp"
	"strings"
)

// The parts of a service's name (RFC 6050).
const (
	serviceURN       = "urn:urn-7:"
	serviceLabel     = "3gpp-service"
	applicationLabel = "3gpp-application"
)

// readService reads P-Asserted-Service and P-Preferred-Service, by cutting the whole line at the labels.
func readService(preferred bool) func(*lexer, *entries) {
	return func(l *lexer, e *entries) {
		from := l.pos
		value, fails := serviceURN, ""
		if strings.Contains(l.buf, serviceURN) {
			switch {
			case strings.Contains(l.buf, serviceLabel):
				value, fails = l.service(serviceLabel, serviceLabel+".", preferred)
			case strings.Contains(l.buf, applicationLabel):
				pattern := applicationLabel + "."
				if preferred {
					pattern = applicationLabel
				}
				value, fails = l.service(applicationLabel, pattern, false)
			}
		}
		l.before(':')
		l.rest()
		e.add(l, from, value)
		e.list[0].fails = fails
	}
}

// service returns the service's name, and why the EdgePort fails on it. The pattern is a regular expression, whose dot
// is any character.
func (l *lexer) service(label, pattern string, dotted bool) (value, fails string) {
	second, ok := splitSecond(regexp.MustCompile(pattern), l.buf)
	if !ok {
		l.crashf("nothing is behind %s, which makes the EdgePort's parser fail", label)
		return "", ""
	}
	if trim(second) == "" {
		return serviceURN, ""
	}
	if dotted {
		second = "." + second
	} else {
		second, _ = splitSecond(regexp.MustCompile(regexp.QuoteMeta(label)), l.buf)
	}
	if second == "" {
		return serviceURN, "nothing is behind " + label
	}
	if rest, dot := strings.CutPrefix(second, "."); dot {
		second = trim(rest)
	}
	return serviceURN + label + "." + second, ""
}

// splitSecond returns the second part of a text that a pattern divides.
func splitSecond(pattern *regexp.Regexp, text string) (string, bool) {
	parts := pattern.Split(text, -1)
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) < 2 {
		return "", false
	}
	return parts[1], true
}
