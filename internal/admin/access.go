package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// Limits on guessing the token, a peer.
const (
	guessesPerSecond = 1
	guessesAtOnce    = 5
)

// access decides who may use the side door.
type access struct {
	enabled func() bool
	token   func() string
	origins *http.CrossOriginProtection
	guesses *limiter // wrong tokens
}

func newAccess(o Options) *access {
	return &access{
		enabled: o.Enabled, token: o.Token, origins: http.NewCrossOriginProtection(),
		guesses: newLimiter(guessesPerSecond, guessesAtOnce),
	}
}

// check says why a request may not come in; nil where it may.
//
// A peer on this machine needs no token, if the Host names this machine too: a page elsewhere that makes a browser
// here resolve its own name to 127.0.0.1 (DNS rebinding) doesn't pass, and neither does a page elsewhere that makes
// a browser here write. Headers that a proxy sets, such as X-Forwarded-For, are what a peer says, and aren't asked.
func (a *access) check(r *http.Request) *Problem {
	if !a.enabled() {
		return problem(http.StatusNotFound, "not-found", "The admin API is switched off by spec.admin.enabled.")
	}
	if loopback(r.RemoteAddr) && loopbackName(r.Host) {
		return a.sameOrigin(r)
	}
	return a.stranger(r)
}

// sameOrigin refuses a write that a page of another origin made a browser send.
func (a *access) sameOrigin(r *http.Request) *Problem {
	if err := a.origins.Check(r); err != nil {
		return problem(http.StatusForbidden, "cross-origin", "A page of another origin sent this request: %v. "+
			"Writes are taken from the dispatcher's own pages and from programs only.", err)
	}
	return nil
}

// stranger asks for the bearer token.
func (a *access) stranger(r *http.Request) *Problem {
	want := a.token()
	if want == "" {
		return closed(r)
	}
	given, bearer := bearer(r)
	if !bearer {
		return unauthorized("A bearer token is needed here: send it as Authorization: Bearer TOKEN.")
	}
	if !a.guesses.has(r.RemoteAddr) {
		return tooMany("too many wrong tokens came from this address", a.guesses)
	}
	if !same(given, want) {
		a.guesses.allow(r.RemoteAddr)
		return unauthorized("This isn't the token that the dispatcher was configured with.")
	}
	return a.sameOrigin(r)
}

// closed says how to get in where no token is configured.
func closed(r *http.Request) *Problem {
	const how = "set the environment variable DISPATCHER_ADMIN_TOKEN or spec.admin.tokenFile, and send the token as Authorization: Bearer TOKEN."
	if loopback(r.RemoteAddr) {
		return problem(http.StatusForbidden, "forbidden", "The Host %.100q doesn't name this machine: use http://127.0.0.1 "+
			"with the dispatcher's port. To come in by another name, %s", r.Host, how)
	}
	return problem(http.StatusForbidden, "forbidden", "The admin API is open to this machine only: use http://127.0.0.1 with the "+
		"dispatcher's port, from elsewhere through a tunnel such as ssh -L. To open it to others, %s", how)
}

func unauthorized(detail string) *Problem {
	p := problem(http.StatusUnauthorized, "unauthorized", "%s", detail)
	p.header = http.Header{"Www-Authenticate": {`Bearer realm="dispatcher"`}}
	return p
}

// bearer returns the token that a request brings.
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// same compares in a time that says nothing of the token, its length included.
func same(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// loopback reports whether a host:port is on this machine.
func loopback(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// loopbackName reports whether a Host header names this machine.
func loopbackName(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Unmap().IsLoopback()
}

// tooMany is the answer to a peer that asks more often than a limit allows.
func tooMany(why string, of *limiter) *Problem {
	p := problem(http.StatusTooManyRequests, "too-many-requests", "Wait before the next request: %s.", why)
	p.header = http.Header{"Retry-After": {strconv.Itoa(of.retryAfter())}}
	return p
}

// secured sets the headers that keep browsers from doing what nobody asked them for.
func secured(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
}
