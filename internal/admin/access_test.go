package admin

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func withToken(token string) func(*Options) {
	return func(o *Options) { o.Token = func() string { return token } }
}

// TestWhoMayUseIt has a case for each line of the access rules.
func TestWhoMayUseIt(t *testing.T) {
	const token = "t0ken-of-the-tests"
	write := func(change ...func(*http.Request)) *http.Request {
		return request("POST", "/api/v1/rules/evaluate", `{"matchFunc":"req => true"}`, change...)
	}
	read := func(change ...func(*http.Request)) *http.Request {
		return request("GET", "/api/v1/decisions", "", change...)
	}
	bearer := header("Authorization", "Bearer "+token)
	for name, c := range map[string]struct {
		token string
		off   bool
		r     *http.Request
		want  int
		kind  string
	}{
		"this machine":           {r: read(), want: 200},
		"this machine over IPv6": {r: read(peer("[::1]:4000"), host("[::1]:51901")), want: 200},
		"this machine, an IPv4 address in an IPv6 one": {r: read(peer("[::ffff:127.0.0.1]:4000")), want: 200},
		"this machine by its name":                     {r: read(host("LocalHost.:51901")), want: 200},
		"this machine without a port":                  {r: read(host("127.8.8.8")), want: 200},
		"this machine is asked for the token, too":     {r: read(), token: token, want: 401, kind: "unauthorized"},
		"this machine with the token":                  {r: read(bearer), token: token, want: 200},
		"this machine with another token": {
			r: read(header("Authorization", "Bearer x")), token: token, want: 401, kind: "unauthorized",
		},
		"a proxy here in HTTP/1.0":           {r: read(version(1, 0)), want: 403, kind: "forbidden"},
		"a proxy here in HTTP/2 without TLS": {r: read(version(2, 0)), want: 403, kind: "forbidden"},
		"a browser here in HTTP/2 over TLS": {r: read(version(2, 0), func(r *http.Request) {
			r.TLS = &tls.ConnectionState{}
		}), want: 200},
		"a proxy here, with the token": {
			r: read(version(1, 0), header("X-Forwarded-For", "203.0.113.9"), bearer), token: token, want: 200,
		},
		"a page of another origin reads": {
			r: read(header("Sec-Fetch-Site", "cross-site")), want: 403, kind: "cross-origin",
		},
		"a page of another origin reads with the token": {
			r: read(header("Sec-Fetch-Site", "cross-site"), bearer), token: token, want: 403, kind: "cross-origin",
		},
		"a page of the dispatcher's own reads": {r: read(header("Sec-Fetch-Site", "same-origin")), want: 200},
		"an address that was typed in":         {r: read(header("Sec-Fetch-Site", "none")), want: 200},
		"a name that leads here (DNS rebinding)": {
			r: read(host("evil.example:51901")), want: 403, kind: "forbidden",
		},
		"a name that begins like this machine's": {
			r: read(host("127.0.0.1.evil.example")), want: 403, kind: "forbidden",
		},
		"no name": {r: read(host("")), want: 403, kind: "forbidden"},
		"a name that leads here, with the token": {
			r: read(host("proxy.example"), bearer), token: token, want: 200,
		},
		"a program writes": {r: write(), want: 200},
		"a page of the dispatcher's own writes": {
			r: write(header("Sec-Fetch-Site", "same-origin"), header("Origin", "http://127.0.0.1:51901")), want: 200,
		},
		"a page of another origin writes": {
			r:    write(header("Sec-Fetch-Site", "cross-site"), header("Origin", "http://evil.example")),
			want: 403, kind: "cross-origin",
		},
		"a page of another port writes": {
			r:    write(header("Sec-Fetch-Site", "same-site"), header("Origin", "http://127.0.0.1:8080")),
			want: 403, kind: "cross-origin",
		},
		"a page of another origin in an old browser": {
			r: write(header("Origin", "http://evil.example")), want: 403, kind: "cross-origin",
		},
		"a page without an origin writes": {
			r: write(header("Origin", "null")), want: 403, kind: "cross-origin",
		},
		"a browser's form": {
			r: write(header("Origin", "http://127.0.0.1:51901"),
				header("Content-Type", "application/x-www-form-urlencoded")), want: 415, kind: "unsupported-media-type",
		},
		"a form with files": {
			r: write(header("Content-Type", "multipart/form-data; boundary=x")), want: 415,
			kind: "unsupported-media-type",
		},
		"a compressed body": {
			r: write(header("Content-Encoding", "gzip")), want: 415, kind: "unsupported-media-type",
		},
		"a body that says it isn't compressed": {r: write(header("Content-Encoding", "identity")), want: 200},
		"text, which a page may send anywhere": {
			r: write(header("Content-Type", "text/plain")), want: 415, kind: "unsupported-media-type",
		},
		"elsewhere without a token configured": {r: read(peer(remote)), want: 403, kind: "forbidden"},
		"elsewhere, whatever the Host says": {
			r: read(peer(remote), host("127.0.0.1")), want: 403, kind: "forbidden",
		},
		"elsewhere, whatever the proxy's headers say": {
			r: read(peer(remote), header("X-Forwarded-For", "127.0.0.1"), header("Forwarded", "for=127.0.0.1"),
				header("X-Real-Ip", "127.0.0.1")), want: 403, kind: "forbidden",
		},
		"elsewhere, an empty token without one to have": {
			r: read(peer(remote), header("Authorization", "Bearer ")), want: 403, kind: "forbidden",
		},
		"elsewhere with the token": {
			r: read(peer(remote), host("dispatcher.example"), bearer), token: token, want: 200,
		},
		"elsewhere with the token, writing": {
			r: write(peer(remote), host("dispatcher.example"), bearer), token: token, want: 200,
		},
		"elsewhere with the token, scheme in lower case": {
			r: read(peer(remote), header("Authorization", "bearer "+token)), token: token, want: 200,
		},
		"elsewhere without the token": {r: read(peer(remote)), token: token, want: 401, kind: "unauthorized"},
		"elsewhere with another token": {
			r: read(peer(remote), header("Authorization", "Bearer t0ken-of-the-test")), token: token,
			want: 401, kind: "unauthorized",
		},
		"elsewhere with another scheme": {
			r: read(peer(remote), header("Authorization", "Basic "+token)), token: token,
			want: 401, kind: "unauthorized",
		},
		"elsewhere with the token in the query": {
			r: request("GET", "/api/v1/decisions?access_token="+token, "", peer(remote)), token: token,
			want: 401, kind: "unauthorized",
		},
		"who is no address":        {r: read(peer("@")), want: 403, kind: "forbidden"},
		"turned off, this machine": {r: read(), off: true, want: 404, kind: "not-found"},
		"turned off, with the token": {
			r: read(peer(remote), bearer), token: token, off: true, want: 404, kind: "not-found",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(t, withToken(c.token), func(o *Options) { o.Enabled = func() bool { return !c.off } })
			if c.kind != "" {
				p := s.refused(c.r, c.want, c.kind)
				if c.kind == "forbidden" && !strings.Contains(p.Detail, "DISPATCHER_ADMIN_TOKEN") {
					t.Errorf("the detail doesn't say how to get in: %s", p.Detail)
				}
			} else if w := s.do(c.r); w.Code != c.want {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if strings.Contains(s.log.String(), "t0ken") {
				t.Errorf("the log has the token:\n%s", s.log)
			}
		})
	}
}

func TestOtherPagesAreGuardedTheSameWay(t *testing.T) {
	s := newSide(t)
	s.mux.Handle("/debug/", s.guard.Protect(http.NotFoundHandler()))
	for _, path := range []string{"/debug/x", "/api/v1/nothing"} {
		if w := s.do(request("GET", path, "", peer(remote))); w.Code != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d", path, w.Code)
		}
		if w := s.do(request("GET", path, "")); w.Code == http.StatusForbidden {
			t.Errorf("%s from here: %d", path, w.Code)
		}
	}
	if s.guard.Allows(request("GET", "/metrics", "", peer(remote))) || !s.guard.Allows(request("GET", "/metrics", "")) {
		t.Error("Allows isn't what Protect does")
	}
}

func TestAMissingTokenIsAskedFor(t *testing.T) {
	s := newSide(t, withToken("x"))
	if w := s.do(request("GET", "/api/v1/config", "", peer(remote))); !strings.HasPrefix(
		w.Header().Get("WWW-Authenticate"), "Bearer",
	) {
		t.Errorf("the headers are %v", w.Header())
	}
}

// TestASignOfAProxyShutsTheDoorWithoutAToken sends each header that proxies add, empty ones too.
func TestASignOfAProxyShutsTheDoorWithoutAToken(t *testing.T) {
	s := newSide(t)
	for _, name := range append(proxySigns, "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded",
		"X-Forwarded-Anything") {
		for _, value := range []string{"127.0.0.1", ""} {
			p := s.refused(request("GET", "/api/v1/config", "", header(name, value)), http.StatusForbidden, "forbidden")
			if !strings.Contains(p.Detail, "through a proxy ("+name+")") ||
				!strings.Contains(p.Detail, "DISPATCHER_ADMIN_TOKEN") {
				t.Errorf("%s: %s", name, p.Detail)
			}
		}
		if http.CanonicalHeaderKey(name) != name {
			t.Errorf("%s never comes: headers are in canonical form", name)
		}
	}
}

func version(major, minor int) func(*http.Request) {
	return func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = major, minor }
}

func TestARightTokenIsNeverRefusedForWrongOnesBeforeIt(t *testing.T) {
	s := newSide(t, withToken("right"))
	s.guard.door.access.guesses = newLimiter(hardly, guessesAtOnce)
	try := func(token, from string) int {
		return s.do(request("GET", "/api/v1/config", "", peer(from), header("Authorization", "Bearer "+token))).Code
	}
	for _, from := range []string{remote, local} {
		for range guessesAtOnce {
			if code := try("wrong", from); code != http.StatusUnauthorized {
				t.Fatalf("a guess: %d", code)
			}
		}
		if code := try("wrong", from); code != http.StatusTooManyRequests {
			t.Errorf("after too many guesses: %d", code)
		}
		if code := try("right", from); code != http.StatusOK {
			t.Errorf("the right token: %d", code)
		}
	}
}

func TestDetailsAskWhoBringsAWrongToken(t *testing.T) {
	text := func(s string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s) })
	}
	for name, c := range map[string]struct {
		token string
		r     *http.Request
		want  int
		text  string
	}{
		"this machine": {r: request("GET", "/metrics", ""), want: 200, text: "all"},
		"elsewhere":    {r: request("GET", "/metrics", "", peer(remote)), want: 200, text: "open"},
		"through a proxy": {
			r: request("GET", "/metrics", "", header("Via", "1.1 x")), want: 200, text: "open",
		},
		"without the token": {token: "x", r: request("GET", "/metrics", ""), want: 200, text: "open"},
		"with the token": {
			token: "x", r: request("GET", "/metrics", "", peer(remote), header("Authorization", "Bearer x")),
			want: 200, text: "all",
		},
		"with a wrong token": {
			token: "x", r: request("GET", "/metrics", "", header("Authorization", "Bearer y")), want: 401,
			text: "isn't the token",
		},
		"with one where none is asked for": {
			r:    request("GET", "/metrics", "", peer(remote), header("Authorization", "Bearer y")),
			want: 200, text: "open",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(t, withToken(c.token))
			s.mux.Handle("/metrics", s.guard.Details(text("all"), text("open")))
			w := httptest.NewRecorder()
			s.mux.ServeHTTP(w, c.r)
			if w.Code != c.want || !strings.Contains(w.Body.String(), c.text) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestALimiterForgetsRatherThanGrows(t *testing.T) {
	l := newLimiter(1, 1)
	for i := range 3 * maxPeers {
		l.allow(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255))
	}
	if len(l.peers) > maxPeers {
		t.Errorf("it remembers %d peers", len(l.peers))
	}
	if !l.allow("[2001:db8::1]:1") || l.allow("[2001:db8::2]:1") {
		t.Error("an IPv6 network isn't one peer")
	}
}

func TestAnswersTellBrowsersWhatNotToDo(t *testing.T) {
	s := newSide(t)
	for _, from := range []string{local, remote} {
		r := request("GET", "/api/v1/config", "", peer(from))
		h := s.do(r).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cache-Control":                "no-store",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", r.URL.Path, name, h.Get(name))
			}
		}
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") ||
			!strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: the policy is %q", r.URL.Path, csp)
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is open to other origins", r.URL.Path)
		}
	}
}
