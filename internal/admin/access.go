package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/web"
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
// Where there is a token, everybody is asked for it: a proxy on this machine makes the whole world come from here.
// Where there is none, a peer on this machine may come in, if the Host names this machine too (a page elsewhere that
// makes a browser here resolve its own name to 127.0.0.1 doesn't pass: DNS rebinding) and nothing tells of a proxy.
// What a page of another origin makes a browser send doesn't pass either way.
func (a *access) check(r *http.Request) *Problem {
	if p := a.off(); p != nil {
		return p
	}
	if p := a.stranger(r); p != nil {
		return p
	}
	return a.sameOrigin(r)
}

// off refuses everybody where the side door is switched off.
func (a *access) off() *Problem {
	if a.enabled() {
		return nil
	}
	return problem(http.StatusNotFound, "not-found", "The admin API is switched off by spec.admin.enabled.")
}

// way says how whoever is let in comes in.
func (a *access) way() string {
	if a.token() != "" {
		return "token"
	}
	return "loopback"
}

// stranger refuses who may not be told anything.
func (a *access) stranger(r *http.Request) *Problem {
	if want := a.token(); want != "" {
		return a.authenticate(r, want)
	}
	if fromHere(r) {
		return nil
	}
	return closed(r)
}

// admits reports whether who was let in may go on: who has the token that is configured by now, or needs none. It is
// cheap, and counts nothing.
func (a *access) admits(r *http.Request) bool {
	want := a.token()
	if want == "" {
		return fromHere(r)
	}
	given, _ := bearer(r)
	return same(given, want)
}

// fromHere reports a request of this machine that doesn't tell of a proxy.
func fromHere(r *http.Request) bool {
	return loopback(r.RemoteAddr) && loopbackName(r.Host) && proxied(r) == ""
}

// authenticate asks for the bearer token. The limit on guesses is on their answers alone: who has the token isn't
// refused for what others of the same address tried.
func (a *access) authenticate(r *http.Request, want string) *Problem {
	given, bearer := bearer(r)
	switch {
	case !bearer:
		return unauthorized("A bearer token is needed here: send it as Authorization: Bearer TOKEN.")
	case same(given, want):
		return nil
	case !a.guesses.allow(r.RemoteAddr):
		return tooMany("too many wrong tokens came from this address", a.guesses.retryAfter(r.RemoteAddr))
	}
	return unauthorized("This isn't the token that the dispatcher was configured with.")
}

// sameOrigin refuses what a page of another origin made a browser send. It couldn't read the answer, but a profile or a
// stream costs something that nobody asked for, so reading counts as writing here.
func (a *access) sameOrigin(r *http.Request) *Problem {
	write := *r
	write.Method = http.MethodPost
	if err := a.origins.Check(&write); err != nil {
		return problem(http.StatusForbidden, "cross-origin", "A page of another origin sent this request: %v. "+
			"Requests are taken from the dispatcher's own pages and from programs only.", err)
	}
	return nil
}

// closed says how to get in where no token is configured.
func closed(r *http.Request) *Problem {
	const how = "set the environment variable DISPATCHER_ADMIN_TOKEN or spec.admin.tokenFile, and send the token as " +
		"Authorization: Bearer TOKEN."
	if sign := proxied(r); sign != "" && loopback(r.RemoteAddr) {
		return problem(http.StatusForbidden, "forbidden",
			"This request came through a proxy (%s), which makes everybody come from "+
				"this machine. To come in through it, %s", sign, how)
	}
	if loopback(r.RemoteAddr) {
		return problem(http.StatusForbidden, "forbidden",
			"The Host %.100q doesn't name this machine: use http://127.0.0.1 "+
				"with the dispatcher's port. To come in by another name, %s", r.Host, how)
	}
	return problem(http.StatusForbidden, "forbidden",
		"The admin API is open to this machine only: use http://127.0.0.1 with the "+
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

// proxySigns are headers that proxies add, beside those that begin with X-Forwarded.
var proxySigns = []string{
	"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "Client-Ip", "True-Client-Ip", "X-Cluster-Client-Ip",
	"Cf-Connecting-Ip", "Cf-Ray", "Fastly-Client-Ip", "Fly-Client-Ip", "Cdn-Loop", "X-Original-Host",
	"X-Original-Forwarded-For", "X-Original-Url", "X-Rewrite-Url", "X-Envoy-External-Address",
	"X-Envoy-Internal", "X-Amzn-Trace-Id", "X-Azure-Clientip", "X-Appengine-User-Ip", "Proxy-Authorization",
	"Proxy-Connection", "Wl-Proxy-Client-Ip", "X-Proxyuser-Ip", "X-Remote-Ip", "X-Remote-Addr", "X-Scheme",
	"X-Varnish",
}

// proxied returns what tells that a request came through a proxy; empty where nothing does. That there is nothing is no
// proof: a proxy may leave no trace, and then only a token keeps others out. In clear text, browsers and command-line
// programs speak HTTP/1.1. Proxies speak HTTP/1.0 (nginx by default) or HTTP/2 (nginx's grpc_pass), with no trace but
// that.
func proxied(r *http.Request) string {
	if r.ProtoMajor != 1 && r.TLS == nil || r.ProtoMajor == 1 && r.ProtoMinor == 0 {
		return r.Proto
	}
	for _, name := range proxySigns {
		if _, ok := r.Header[name]; ok {
			return name
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") {
			return name
		}
	}
	return ""
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

// tooMany is the answer to a peer that asks for more than a limit allows.
func tooMany(why string, seconds int) *Problem {
	p := problem(http.StatusTooManyRequests, "too-many-requests", "Wait before the next request: %s.", why)
	p.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	return p
}

// secured sets the headers that keep browsers from doing what nobody asked them for.
func secured(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", web.Policy)
	h.Set("Cache-Control", "no-store")
}
