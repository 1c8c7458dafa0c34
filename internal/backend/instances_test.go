package backend

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// names is a name service whose one name stands for what it is told.
type names struct {
	mu    sync.Mutex
	hosts []string
	err   error
}

func (n *names) are(err error, hosts ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts, n.err = hosts, err
}

func (n *names) lookup(context.Context, string) ([]string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hosts, n.err
}

// listenAs listens on the same port of another address of this machine.
func listenAs(t *testing.T, host, port string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestInstancesBehindANameComeAndGo(t *testing.T) {
	first := peertest.StartOn(t, listenAs(t, "127.0.0.1", "0"), peertest.Echo())
	_, port, err := net.SplitHostPort(first.Addr)
	if err != nil {
		t.Fatal(err)
	}
	second := peertest.StartOn(t, listenAs(t, "127.0.0.2", port), peertest.Echo())
	dns := &names{hosts: []string{"127.0.0.1"}}
	b := newBackend(t, "", with(RoundRobin), func(o *Options) {
		o.Addrs = []Address{{Target: "dns:///connect.test:" + port}}
		o.ResolveInterval = 20 * time.Millisecond
	})
	b.fleet.lookup = dns.lookup
	b.Connect()
	callOf(t, b, "x")
	dns.are(nil, "127.0.0.1", "127.0.0.2")
	eventually(t, "the second instance is called", func() bool { callOf(t, b, "x"); return len(second.Calls()) > 0 })
	dns.are(errors.New("the name service is down"))
	for range 20 {
		callOf(t, b, "x") // with the last addresses
	}
	dns.are(nil, "127.0.0.2")
	eventually(t, "the first instance is gone", func() bool {
		callOf(t, b, "x")
		return len(b.Status().Instances) == 1
	})
	before := len(first.Calls())
	for range 20 {
		callOf(t, b, "x")
	}
	if got := len(first.Calls()); got != before {
		t.Errorf("the instance that is gone got %d calls", got-before)
	}
}

func TestAnInstanceThatSaysSoGetsNoCalls(t *testing.T) {
	sick, well := peertest.StartHealthy(t, peertest.Echo()), peertest.StartHealthy(t, peertest.Echo())
	b := newFleetOf(t, addrs(sick, well), with(RoundRobin))
	eventually(t, "both are called", func() bool {
		callOf(t, b, "x")
		return len(sick.Calls()) > 0 && len(well.Calls()) > 0
	})
	sick.Health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	eventually(t, "it is known", func() bool { return states(b)[stateUnhealthy] == 1 })
	before := len(sick.Calls())
	for range 20 {
		callOf(t, b, "x")
	}
	if got := len(sick.Calls()); got != before {
		t.Errorf("it got %d calls all the same", got-before)
	}
	if !b.Healthy() || b.Status().State != FleetDegraded {
		t.Errorf("the fleet is %s", b.Status().State)
	}
	sick.Health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_SERVING)
	eventually(t, "it is called again", func() bool { callOf(t, b, "x"); return len(sick.Calls()) > before })
}

func TestInstancesThatSaySoGetCallsWhereThereAreNoOthers(t *testing.T) {
	all := []*peertest.Peer{peertest.StartHealthy(t, peertest.Echo()), peertest.StartHealthy(t, peertest.Echo())}
	for n := range all {
		for _, p := range all[:n+1] {
			p.Health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
		}
		b := newBackend(t, "", func(o *Options) { o.Addrs = addrs(all[:n+1]...) })
		callOf(t, b, "x")
		eventually(t, "it is known", func() bool { return states(b)[stateUnhealthy] == n+1 })
		callOf(t, b, "x")
		if b.Healthy() || !b.Callable() || b.Status().State != FleetDegraded {
			t.Errorf("a fleet of %d that says it can't serve is %s", n+1, b.Status().State)
		}
		all[0].Health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_SERVING)
		eventually(t, "one is healthy", func() bool { return b.Healthy() })
		before := len(all[n].Calls())
		for id := range 20 {
			callOf(t, b, fmt.Sprint(id))
		}
		if got := len(all[n].Calls()); n > 0 && got != before {
			t.Errorf("one that can't serve got %d calls beside one that can", got-before)
		}
	}
}

func TestHealthIsNotAskedForWhereNobodyWantsIt(t *testing.T) {
	sick := peertest.StartHealthy(t, peertest.Echo())
	sick.Health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	b := newFleetOf(t, addrs(sick), func(o *Options) { o.NoHealthCheck = true })
	callOf(t, b, "x")
}

// secured starts a peer that speaks TLS and wants to see a certificate, in files named server and trusted.
func secured(t *testing.T, dir string) *peertest.Peer {
	t.Helper()
	return peertest.StartWith(t, peertest.Listen(t), peertest.Echo(), grpc.Creds(securing(dir)))
}

func securing(dir string) credentials.TransportCredentials {
	file := func(name string) string { return filepath.Join(dir, name) }
	return credentials.NewTLS(&tls.Config{
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			cert, err := tls.LoadX509KeyPair(file("server.crt"), file("server.key"))
			if err != nil {
				return nil, err
			}
			trusted, err := os.ReadFile(file("trusted.crt"))
			if err != nil {
				return nil, err
			}
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(trusted)
			return &tls.Config{
				Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
				NextProtos: []string{"h2"},
			}, nil
		},
	})
}

func TestMutualTLSFollowsItsFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"server", "client", "trusted"} {
		peertest.Certificate(t, dir, name)
	}
	peer := secured(t, dir)
	b := newBackend(t, peer.Addr, func(o *Options) {
		o.TLS = &TLS{CA: file("server.crt"), Cert: file("client.crt"), Key: file("client.key")}
	})
	if _, err := b.ask(t.Context(), request(t, "x"), nil, nil); err == nil {
		t.Fatal("a certificate that nobody trusts was taken")
	}
	// The client's files are replaced by those of the one who is trusted.
	for _, ending := range []string{".crt", ".key"} {
		if err := os.Rename(file("trusted"+ending), file("client"+ending)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file("client.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("trusted.crt"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new certificate is used", func() bool {
		_, err := b.ask(t.Context(), request(t, "x"), nil, nil)
		return err == nil
	})
	if err := os.WriteFile(file("client.key"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the files that can't be used are told of", func() bool {
		return strings.Contains(b.Status().TLSError, "client.key")
	})
}

func TestTLSFilesThatTurnOddHoldUpNobody(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"server", "client"} {
		peertest.Certificate(t, dir, name)
	}
	certificate, err := os.ReadFile(file("client.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("trusted.crt"), certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	peer := secured(t, dir)
	b := newBackend(t, peer.Addr, func(o *Options) {
		o.TLS = &TLS{CA: file("server.crt"), Cert: file("client.crt"), Key: file("client.key")}
	})
	callOf(t, b, "before")
	for what, turn := range map[string]func() error{
		"a named pipe": func() error { return syscall.Mkfifo(file("client.crt"), 0o600) },
		"a device":     func() error { return os.Symlink("/dev/zero", file("client.crt")) },
		"larger than": func() error {
			if err := os.WriteFile(file("client.crt"), nil, 0o600); err != nil {
				return err
			}
			return os.Truncate(file("client.crt"), 3<<30)
		},
	} {
		if err := os.Remove(file("client.crt")); err != nil {
			t.Fatal(err)
		}
		if err := turn(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is told that it is "+what, func() bool { return strings.Contains(b.Status().TLSError, what) })
		files := TLS{CA: file("server.crt"), Cert: file("client.crt"), Key: file("client.key")}
		if err := files.Check(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("checked: %v", err)
		}
		peer.Stop() // so that it connects anew
		peer = peertest.StartWith(t, peertest.ListenOn(t, peer.Addr), peertest.Echo(), grpc.Creds(securing(dir)))
		eventually(t, "a connection is made", func() bool {
			_, err := b.ask(t.Context(), request(t, "x"), nil, nil)
			return err == nil
		})
	}
	if err := os.Remove(file("client.crt")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("client.crt"), certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is told any more", func() bool { return b.Status().TLSError == "" })
}

func TestTLSFilesThatCantBeUsedAreNamed(t *testing.T) {
	dir := t.TempDir()
	peertest.Certificate(t, dir, "a")
	peertest.Certificate(t, dir, "b")
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(file("empty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		tls  TLS
		says string
	}{
		"no CA":         {TLS{CA: file("nowhere")}, "nowhere"},
		"an empty CA":   {TLS{CA: file("empty")}, "empty"},
		"another's key": {TLS{Cert: file("a.crt"), Key: file("b.key")}, "b.key"},
	} {
		_, err := newPool().Get(Options{
			Role: Processor, Ref: "x", Addrs: []Address{{Target: "127.0.0.1:1"}}, TLS: &c.tls,
		})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "ref = x") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
