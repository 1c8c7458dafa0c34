//go:build admin

package admin

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

const (
	operations = "../../docs/operations.md"
	token      = "t0ken-of-the-tests"
	procedure  = "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage"
)

// proxied is a dispatcher behind nginx.
type proxied struct {
	*dispatcher
	t    *testing.T
	http *http.Client
	tls  *tls.Config
}

// behind starts a dispatcher with some lines below spec, and nginx with servers in front of it. addrs stand in for
// those of the configuration of nginx.
func behind(t *testing.T, spec, servers string, addrs ...string) *proxied {
	t.Helper()
	d := start(t, `kind: MessageDispatcher
apiVersion: v2beta1
ref: proxied
spec:
  bindAddr: 127.0.0.1:51901
`+spec+`
  processors:
    - {ref: chat, addr: 127.0.0.1:50061, methods: [MESSAGE], matchFunc: req => true}
`)
	peertest.Certificate(t, d.dir, "tls")
	pem, err := os.ReadFile(filepath.Join(d.dir, "tls.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	conf := `daemon off; master_process off; pid nginx.pid; error_log stderr warn;
events { worker_connections 128; }
http { access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
` + strings.NewReplacer(append(addrs, "/etc/nginx/", d.dir+"/")...).Replace(d.addrs.Replace(servers)) + "\n}\n"
	if err := os.WriteFile(filepath.Join(d.dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, d.dir, "nginx", "-p", d.dir, "-c", "nginx.conf")
	return &proxied{d, t, &http.Client{Transport: transport}, transport.TLSClientConfig}
}

// run starts a program that ends with the test.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var log bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // it was interrupted
		if t.Failed() {
			t.Logf("%s logged:\n%s", name, log.String())
		}
	})
}

// get returns the status and the text of a page, once somebody listens there.
func (p *proxied) get(method, url, token string) (int, string) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		req, err := http.NewRequestWithContext(p.t.Context(), method, url, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := p.http.Do(req)
		if err == nil {
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if err != nil {
				p.t.Fatal(err)
			}
			return resp.StatusCode, string(text)
		}
		if time.Now().After(end) {
			p.t.Fatal(err)
		}
	}
}

// nginxOf returns the configurations of nginx in the document.
func nginxOf(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(operations)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile("(?s)```nginx\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		all = append(all, m[1])
	}
	if len(all) != 3 {
		t.Fatalf("%d configurations of nginx in %s", len(all), operations)
	}
	return all
}

// sideDoor are pages that hold something of the dispatcher.
var sideDoor = map[string]string{
	"/api/v1/session": "GET", "/api/v1/config": "GET", "/api/v1/decisions": "GET", "/api/v1/reload": "POST",
	"/debug/pprof/":                  "GET",
	"/debug/pprof/profile?seconds=1": "GET", "/debug/pprof/cmdline": "GET",
}

// TestAProxyThatNobodyThoughtAboutOpensNothing has nginx hand on everything, with what it adds to the headers and
// without it, to a dispatcher that has no token.
func TestAProxyThatNobodyThoughtAboutOpensNothing(t *testing.T) {
	names, plain, grpcs := peertest.FreeAddr(t), peertest.FreeAddr(t), peertest.FreeAddr(t)
	p := behind(t, "", `
 server { listen NAMES; location / { proxy_pass http://127.0.0.1:51901; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }
 server { listen PLAIN; location / { proxy_pass http://127.0.0.1:51901; } }
 server { listen GRPC http2; location / { grpc_pass grpc://127.0.0.1:51901; } }`, "NAMES", names, "PLAIN", plain, "GRPC", grpcs)
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	h2c := &http.Client{Transport: &http.Transport{Protocols: protocols}}
	defer h2c.CloseIdleConnections()
	for addr, client := range map[string]*http.Client{names: p.http, plain: p.http, grpcs: h2c} {
		p.http = client
		for path, method := range sideDoor {
			if code, text := p.get(method, "http://"+addr+path, ""); code != http.StatusForbidden ||
				!strings.Contains(text, "DISPATCHER_ADMIN_TOKEN") {
				t.Errorf("%s %s: %d %s", method, path, code, text)
			}
		}
		for _, path := range []string{"/metrics", "/readyz"} {
			if code, text := p.get("GET", "http://"+addr+path, ""); code != http.StatusOK ||
				strings.Contains(text, "chat") {
				t.Errorf("%s: %d %s", path, code, text)
			}
		}
	}
}

func TestTheDocumentedProxyForEdgePortsPublishesTheirServiceAlone(t *testing.T) {
	addr := peertest.FreeAddr(t)
	p := behind(t, "", nginxOf(t)[0], "listen 51900", "listen "+addr)
	for path, method := range sideDoor {
		if code, text := p.get(method, "https://"+addr+path, ""); code != http.StatusNotFound ||
			!strings.Contains(text, "nginx") {
			t.Errorf("%s %s: %d %s", method, path, code, text)
		}
	}
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(p.tls)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	req := &routrpb.MessageRequest{Ref: "call-1", Method: routrpb.Method_MESSAGE, Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob"}},
		Body:        strings.Repeat("x", 2<<20),
	}}
	answer := &routrpb.MessageResponse{}
	large := grpc.MaxCallRecvMsgSize(4 << 20)
	if err := conn.Invoke(t.Context(), procedure, req, answer, large); err != nil ||
		answer.GetMessage().GetBody() != req.GetMessage().GetBody() {
		t.Errorf("a message: %v, %d bytes of body", err, len(answer.GetMessage().GetBody()))
	}
	if _, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(),
		&grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Errorf("health: %v", err)
	}
}

// TestTheDocumentedProxyForBrowsersAsksForAPassword has the lines for browsers in the configuration for people.
func TestTheDocumentedProxyForBrowsersAsksForAPassword(t *testing.T) {
	t.Setenv("DISPATCHER_ADMIN_TOKEN", token)
	addr, docs := peertest.FreeAddr(t), nginxOf(t)
	servers := strings.Replace(docs[1], "location / {", "location / {\n"+strings.Replace(docs[2], "TOKEN", token, 1), 1)
	p := behind(t, "  admin: {bindAddr: 127.0.0.1:51902}", servers, "listen 8443", "listen "+addr)
	if err := os.WriteFile(filepath.Join(p.dir, "htpasswd"), []byte("ann:{PLAIN}s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, method := range sideDoor {
		if code, text := p.get(method, "https://"+addr+path, token); code != http.StatusUnauthorized ||
			!strings.Contains(text, "nginx") {
			t.Errorf("%s %s without a password: %d %s", method, path, code, text)
		}
		if code, text := p.get(method, "https://ann:s3cret@"+addr+path, ""); code != http.StatusOK {
			t.Errorf("%s %s: %d %s", method, path, code, text)
		}
	}
}

func TestTheDocumentedProxyForPeopleAsksForTheToken(t *testing.T) {
	t.Setenv("DISPATCHER_ADMIN_TOKEN", token)
	addr := peertest.FreeAddr(t)
	p := behind(t, "  admin: {bindAddr: 127.0.0.1:51902}", nginxOf(t)[1], "listen 8443", "listen "+addr)
	for path, method := range sideDoor {
		for given, want := range map[string]int{"": http.StatusUnauthorized, token: http.StatusOK} {
			if code, text := p.get(method, "https://"+addr+path, given); code != want {
				t.Errorf("%s %s with token %q: %d %s", method, path, given, code, text)
			}
		}
		if code, text := p.get(method, p.addrs.Replace("http://127.0.0.1:51901"+path),
			token); code != http.StatusNotFound {
			t.Errorf("%s %s where the messages come in: %d %s", method, path, code, text)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+addr+"/api/v1/decisions/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := p.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, len(": watching"))
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != ": watching" {
		t.Errorf("the stream begins with %q, %v", first, errors.Join(err, ctx.Err()))
	}
}
