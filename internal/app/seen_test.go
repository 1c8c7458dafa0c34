package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// peers are programs to call, by their addresses, and a folder with certificates for a configuration beside them.
type peers struct {
	dir                    string
	a, b                   string // answer with their names
	echo, bad, hangs, sick string // sick says so by grpc.health.v1, bad by every answer
	flaky                  string // fails every other time
	safe                   string // speaks TLS as server.crt, and with client.crt alone
}

func newPeers(t *testing.T) peers {
	t.Helper()
	p := peers{dir: t.TempDir()}
	for _, name := range []string{"server", "client", "other"} {
		peertest.Certificate(t, p.dir, name)
	}
	addr := func(h peertest.Handler) string { return peertest.Start(t, h).Addr }
	p.a, p.b, p.echo = addr(named("a")), addr(named("b")), addr(peertest.Echo())
	p.bad = addr(func(context.Context, []byte) ([]byte, error) {
		return nil, status.Error(codes.Unavailable, "not today")
	})
	var calls atomic.Int64
	p.flaky = addr(func(ctx context.Context, request []byte) ([]byte, error) {
		if calls.Add(1)%2 == 0 {
			return nil, status.Error(codes.Unavailable, "not this time")
		}
		return named("flaky")(ctx, request)
	})
	p.hangs = addr(func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	})
	sick := peertest.StartHealthy(t, named("sick"))
	sick.Health.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	p.sick = sick.Addr
	p.safe = peertest.StartWith(t, peertest.Listen(t), named("safe"), grpc.Creds(credentials.NewTLS(p.mutual(t)))).Addr
	return p
}

func (p peers) mutual(t *testing.T) *tls.Config {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(filepath.Join(p.dir, "server.crt"), filepath.Join(p.dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := os.ReadFile(filepath.Join(p.dir, "client.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(trusted)
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
}

// see is what somebody on the wire sees of a dispatcher, as a text.
type see func(*testing.T, *served) string

// callIDs count: what fails by one message alone says little of an instance.
var callIDs atomic.Int64

// called is what comes of a message: who answered, with which SIP response, or which error.
func called(t *testing.T, s *served) string {
	t.Helper()
	answer, err := s.client(t).process(t.Context(), invite(fmt.Sprintf("call-%d", callIDs.Add(1))))
	switch {
	case err != nil:
		return status.Code(err).String() + ": " + status.Convert(err).Message()
	case answer.GetMessage().GetResponseType() != 0:
		return answer.GetMessage().GetResponseType().String()
	}
	return "answered by " + answer.GetMetadata()["by"]
}

// part is what a pattern finds in what is seen, or all of it where it finds nothing.
func part(pattern string, all see) see {
	find := regexp.MustCompile(pattern)
	return func(t *testing.T, s *served) string {
		t.Helper()
		text := all(t, s)
		if found := find.FindString(text); found != "" {
			return found
		}
		return text
	}
}

// page is what a pattern finds in the status and the text of a page.
func page(path, pattern string) see {
	return part(pattern, func(t *testing.T, s *served) string {
		t.Helper()
		code, text := s.get(t, path)
		return fmt.Sprintf("%d %s", code, text)
	})
}

// failures says how many of eight calls fail.
func failures(t *testing.T, s *served) string {
	t.Helper()
	states(t, s)
	n := 0
	for range 8 {
		if !strings.HasPrefix(called(t, s), "answered") {
			n++
		}
	}
	return fmt.Sprintf("%d of 8 fail", n)
}

// first is what the admin API says of the first backend.
func first(t *testing.T, s *served) backend.Status {
	t.Helper()
	var list struct{ Backends []backend.Status }
	_, text := s.get(t, "/api/v1/backends")
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Backends) == 0 {
		t.Fatalf("%v: %s", err, text)
	}
	return list.Backends[0]
}

func policy(t *testing.T, s *served) string { t.Helper(); return first(t, s).Policy }

func weights(t *testing.T, s *served) string {
	t.Helper()
	var all []int
	for _, i := range first(t, s).Instances {
		all = append(all, i.Weight)
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}

// states are those of the first backend's instances, once none is connecting any more.
func states(t *testing.T, s *served) string {
	t.Helper()
	var all []string
	eventually(t, "all are connected", func() bool {
		all = nil
		for _, i := range first(t, s).Instances {
			all = append(all, i.State)
		}
		return len(all) > 0 && !slices.Contains(all, "connecting") && !slices.Contains(all, "idle")
	})
	slices.Sort(all)
	return strings.Join(all, " ")
}

// ejected are the states after eight calls.
func ejected(t *testing.T, s *served) string { t.Helper(); failures(t, s); return states(t, s) }

// held is what comes of a message when nobody listens at an address until the message waits for that.
func held(addr string) see {
	return func(t *testing.T, s *served) string {
		t.Helper()
		said := make(chan string, 1)
		go func() { said <- called(t, s) }()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for first(t, s).Held == 0 {
			select {
			case text := <-said:
				return text
			case <-tick.C:
			}
		}
		peertest.StartOn(t, peertest.ListenOn(t, addr), named("late"))
		return <-said
	}
}
