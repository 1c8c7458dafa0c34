package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/rpc"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// certificate returns files with one for 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (*server.TLS, *x509.CertPool) {
	t.Helper()
	lent := httptest.NewTLSServer(http.NotFoundHandler())
	defer lent.Close()
	dir, cert := t.TempDir(), lent.TLS.Certificates[0]
	files := &server.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		files.Cert: {Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, files.Key: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(lent.Certificate())
	return files, trusted
}

// running is a server with a relay, which a test shuts down itself.
type running struct {
	*server.Server
	served chan error
}

type start = func(*frames.Batch, *dispatch.Delivery)

func run(t *testing.T, secure *server.TLS, handler http.Handler, start start) running {
	t.Helper()
	s, err := server.Listen(t.Context(), server.Options{Addr: "127.0.0.1:0", Handler: handler, TLS: secure,
		HTTP2: New(Params{Start: start, MaxBytes: maxBytes, Budget: server.NewByteBudget(32 << 20), Loops: loops})})
	if err != nil {
		t.Fatal(err)
	}
	r := running{s, make(chan error, 1)}
	go func() { r.served <- s.Serve() }()
	return r
}

// end shuts down, which must not have to cut anything off.
func (r running) end(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := <-r.served; err != nil {
		t.Error(err)
	}
}

// TestWhatIsCarriedShowsTheCaller asks over every protocol that there is, in clear text and over TLS.
func TestWhatIsCarriedShowsTheCaller(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		_, _ = fmt.Fprint(w, r.RemoteAddr, " ", local, " ", r.TLS != nil, " ", r.Proto)
	})
	for _, secure := range []bool{false, true} {
		var files *server.TLS
		var trusted *x509.CertPool
		scheme := "http"
		if secure {
			scheme = "https"
			files, trusted = certificate(t)
		}
		s := run(t, files, handler, nil)
		for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
			var protocols http.Protocols
			protocols.SetHTTP1(proto == "HTTP/1.1")
			protocols.SetHTTP2(proto != "HTTP/1.1" && secure)
			protocols.SetUnencryptedHTTP2(proto != "HTTP/1.1" && !secure)
			var mine net.Addr
			transport := &http.Transport{Protocols: &protocols, TLSClientConfig: &tls.Config{RootCAs: trusted},
				DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
					if err == nil {
						mine = conn.LocalAddr()
					}
					return conn, err
				}}
			for range 3 {
				resp, err := (&http.Client{Transport: transport}).Get(scheme + "://" + s.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				said, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if want := fmt.Sprint(mine, " ", s.Addr(), " ", secure, " ", proto); string(said) != want {
					t.Errorf("%s is seen as %s", want, said)
				}
			}
			transport.CloseIdleConnections()
		}
		s.end(t)
	}
}

// TestShutdownFinishesWhatIsInFlight has a call of the relay's own and a carried one wait for their answers.
func TestShutdownFinishesWhatIsInFlight(t *testing.T) {
	for _, secure := range []bool{false, true} {
		var files *server.TLS
		var trusted *x509.CertPool
		scheme := "http"
		if secure {
			scheme = "https"
			files, trusted = certificate(t)
		}
		arrived, release := make(chan struct{}, 2), make(chan struct{})
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			arrived <- struct{}{}
			<-release
			_, _ = io.WriteString(w, "carried")
		})
		var answering sync.WaitGroup
		s := run(t, files, handler, func(_ *frames.Batch, d *dispatch.Delivery) {
			arrived <- struct{}{}
			answering.Go(func() {
				<-release
				b := &frames.Batch{}
				d.To.Done(b, []byte("relayed"), nil)
				b.Flush()
			})
		})
		var protocols http.Protocols
		protocols.SetHTTP2(secure)
		protocols.SetUnencryptedHTTP2(!secure)
		transport := &http.Transport{Protocols: &protocols, TLSClientConfig: &tls.Config{RootCAs: trusted}}
		client := &http.Client{Transport: transport}
		var asking sync.WaitGroup
		ask := func(path, kind, want string) {
			asking.Go(func() {
				resp, err := client.Post(scheme+"://"+s.Addr().String()+path, kind,
					strings.NewReader(string(message("x"))))
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				if said, err := io.ReadAll(resp.Body); err != nil || !strings.HasSuffix(string(said), want) {
					t.Errorf("%q came back: %v", said, err)
				}
			})
		}
		ask(callHead()[2][1], "application/grpc", "relayed")
		ask("/", "text/plain", "carried")
		<-arrived
		<-arrived
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.end(t)
		}()
		time.Sleep(50 * time.Millisecond) // let it begin: what comes of it doesn't depend on it
		close(release)
		asking.Wait()
		<-ended
		answering.Wait()
		transport.CloseIdleConnections()
	}
}

// TestACallWhoseBodyDoesntComeEndsInTime compares what its caller gets with what it gets the ordinary way.
func TestACallWhoseBodyDoesntComeEndsInTime(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle(rpc.NewProcessor(func(context.Context, []byte, map[string][]string) ([]byte, error) {
		t.Error("a message was handled")
		return nil, nil
	}, maxBytes, server.NewByteBudget(32<<20)))
	said := map[bool]spoken{}
	for _, relayed := range []bool{false, true} {
		opts := server.Options{Addr: "127.0.0.1:0", Handler: mux,
			Limits: server.Limits{ReadTimeout: time.Second}}
		budget := server.NewByteBudget(32 << 20)
		if relayed {
			opts.HTTP2 = New(Params{MaxBytes: maxBytes, Budget: budget, Loops: loops})
		}
		s, err := server.Listen(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		r := running{s, make(chan error, 1)}
		go func() { r.served <- s.Serve() }()
		said[relayed] = begin(t, s.Addr().String(), callHead(), message("hello")[:7], false)
		r.end(t)
		if used := budget.Used(); used != 0 {
			t.Errorf("%d bytes of the budget are still taken", used)
		}
	}
	if diff := cmp.Diff(said[false], said[true], cmp.AllowUnexported(spoken{})); diff != "" {
		t.Errorf("the relay answers otherwise (-ordinary +relay):\n%s", diff)
	}
	if len(said[true].heads) != 2 {
		t.Errorf("it came to %+v", said[true])
	}
}
