package app

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// fetch returns the status and the text of a page.
func fetch(t *testing.T, client *http.Client, url string, change ...func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(req)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestTheSideDoorHasAnAddressOfItsOwnWithTokenAndTLS(t *testing.T) {
	dir := t.TempDir()
	peertest.Certificate(t, dir, "tls")
	pem, err := os.ReadFile(filepath.Join(dir, "tls.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	path := filepath.Join(dir, "dispatcher.yaml")
	write(t, filepath.Join(dir, "token"), "t0ken\n")
	write(t, path, yamlFor(peertest.Start(t, named("a")).Addr, "  tls: {cert: tls.crt, key: tls.key}",
		`  admin: {bindAddr: "127.0.0.1:0", tokenFile: token}`))
	s := serveFile(t, path)
	if s.Addr().String() == s.SideAddr().String() {
		t.Fatal("they listen at one address")
	}
	withToken := func(r *http.Request) { r.Header.Set("Authorization", "Bearer t0ken") }
	for page, want := range map[string]struct{ wire, side, stranger int }{
		"/":                          {404, 200, 200},
		"/assets/nothing":            {404, 404, 404},
		"/api/v1/session":            {404, 200, 401},
		"/api/v1/config":             {404, 200, 401},
		"/api/v1/nothing":            {404, 404, 401},
		"/debug/pprof/":              {404, 200, 401},
		"/metrics":                   {404, 200, 200},
		"/healthz":                   {200, 200, 200},
		"/readyz":                    {200, 200, 200},
		"/grpc.health.v1.Health/Get": {404, 404, 404},
	} {
		if code, text := fetch(t, client, "https://"+s.Addr().String()+page, withToken); code != want.wire {
			t.Errorf("%s where messages come in: %d %s", page, code, text)
		}
		if code, text := fetch(t, client, "https://"+s.SideAddr().String()+page, withToken); code != want.side {
			t.Errorf("%s at the side door: %d %s", page, code, text)
		}
		if code, text := fetch(t, client, "https://"+s.SideAddr().String()+page); code != want.stranger {
			t.Errorf("%s at the side door without the token: %d %s", page, code, text)
		}
	}
	resp, err := client.Post("https://"+s.SideAddr().String()+
		"/fonoster.routr.processor.v2beta1.Processor/ProcessMessage", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("the side door takes messages: %d", resp.StatusCode)
	}
}

func TestStrangersHearThatNothingWasReloadedAndNoMore(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dispatcher.yaml")
	good := yamlFor(peertest.Start(t, named("a")).Addr, `    - {ref: gone, addr: "127.0.0.1:1", matchFunc: req => true, methods: [OPTIONS]}`)
	write(t, path, good)
	s := serveFile(t, path)
	write(t, path, good+"\n  decisions: {nats: {url: \"nats://user:s3cret@nowhere:1\", nonsense: 1}}\n")
	if _, err := s.Reload(t.Context(), "test"); err == nil {
		t.Fatal("nonsense was loaded")
	}
	page := "http://" + s.Addr().String() + "/readyz"
	eventually(t, "gone is known to be gone", func() bool {
		_, text := fetch(t, http.DefaultClient, page)
		return strings.Contains(text, "processor ref = gone") && strings.Contains(text, "nonsense")
	})
	for name, change := range map[string]func(*http.Request){
		"by another name": func(r *http.Request) { r.Host = "dispatcher.example" },
		"through a proxy": func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.9") },
	} {
		if code, text := fetch(t, http.DefaultClient, page, change); code != http.StatusOK ||
			text != "ready: degraded; not reloaded\n" {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
}
