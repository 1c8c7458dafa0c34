package admin

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestTheConsolesFilesAreOpenAndHoldNoData asks as a browser does whose user typed the address in or followed a link,
// from anywhere, whether a token is configured or not.
func TestTheConsolesFilesAreOpenAndHoldNoData(t *testing.T) {
	for name, c := range map[string]struct {
		token string
		as    []func(*http.Request)
	}{
		"this machine":            {},
		"elsewhere":               {as: []func(*http.Request){peer(remote), host("dispatcher.example")}},
		"elsewhere, with a token": {token: "x", as: []func(*http.Request){peer(remote), host("dispatcher.example")}},
		"elsewhere, a wrong token": {
			token: "x", as: []func(*http.Request){peer(remote), header("Authorization", "Bearer y")},
		},
		"through a proxy":       {as: []func(*http.Request){header("Via", "1.1 proxy")}},
		"from a link elsewhere": {as: []func(*http.Request){header("Sec-Fetch-Site", "cross-site")}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(t, withToken(c.token))
			page := s.do(request("GET", "/", "", c.as...))
			if page.Code != http.StatusOK {
				t.Fatalf("%d %s", page.Code, page.Body)
			}
			files := regexp.MustCompile(`/assets/[^"]+`).FindAllString(page.Body.String(), -1)
			if len(files) == 0 {
				t.Fatal("the page names no files")
			}
			text := page.Body.String()
			for _, path := range files {
				file := s.do(request("GET", path, "", c.as...))
				if file.Code != http.StatusOK || !strings.Contains(file.Header().Get("Cache-Control"), "immutable") {
					t.Errorf("%s: %d, Cache-Control: %s", path, file.Code, file.Header().Get("Cache-Control"))
				}
				text += file.Body.String()
			}
			for _, known := range []string{"s3cret", "127.0.0.1:3", "1.2.3", "contact.expires"} {
				if strings.Contains(text, known) {
					t.Errorf("everybody is told %q", known)
				}
			}
		})
	}
}

func TestTheConsoleIsSwitchedOffWithTheRest(t *testing.T) {
	s := newSide(t, func(o *Options) { o.Enabled = func() bool { return false } })
	for _, path := range []string{"/", "/assets/x/app.css", "/api/v1/session"} {
		s.refused(request("GET", path, ""), http.StatusNotFound, "not-found")
	}
}

func TestTheConsoleComesUnderAStrictPolicy(t *testing.T) {
	s := newSide(t)
	for path, code := range map[string]int{"/": 200, "/assets/x": 404, "/assets/x/y/z": 404, "/assets/": 404} {
		w := s.do(request("GET", path, ""))
		if w.Code != code {
			t.Errorf("%s: %d", path, w.Code)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
				"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
				"require-trusted-types-for 'script'",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
	if w := s.do(request("POST", "/", "{}")); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d", w.Code)
	}
}
