package backend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func TestLatenciesAreOfAnsweredCallsOnly(t *testing.T) {
	over := make(chan struct{})
	peer := peertest.Start(t, func(ctx context.Context, req []byte) ([]byte, error) {
		switch string(req) {
		case "refused":
			return nil, grpcstatus.Error(codes.PermissionDenied, "no")
		case "late":
			<-over // not ctx's end: its own word of it might come first
			return nil, ctx.Err()
		}
		return peertest.Echo()(ctx, req)
	})
	t.Cleanup(func() { close(over) })
	b := newFleetOf(t, addrs(peer), within(time.Second))
	for _, body := range []string{"", "", "refused", "late"} {
		_, _ = b.ask(t.Context(), wire([]byte(body)), nil, nil)
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	_, _ = b.ask(left, wire(nil), nil, nil)
	s := b.Status()
	if s.Calls != 5 || s.Latency.Samples != 3 || s.Latency.P99 >= int64(time.Second) {
		t.Errorf("%d calls, latencies %+v", s.Calls, s.Latency)
	}
	if got := s.Instances[0].Latency; got.Samples != 3 || got.P50 == 0 || got.Max > s.Latency.Max {
		t.Errorf("the instance's latencies are %+v, the ref's %+v", got, s.Latency)
	}
	down := newBackend(t, peertest.Refusing(t))
	if _, err := down.ask(t.Context(), wire(nil), nil, nil); err == nil {
		t.Fatal("nobody listens, and it was answered")
	}
	if s := down.Status(); s.Calls != 1 || s.Latency != (Latency{Window: "60s"}) {
		t.Errorf("%d calls that nobody answered took %+v", s.Calls, s.Latency)
	}
}

func TestTheLastFailureIsToldWithoutThePeersWords(t *testing.T) {
	const secret = "hunter2"
	peer := peertest.Start(t, func(ctx context.Context, req []byte) ([]byte, error) {
		if len(req) == 0 {
			return nil, grpcstatus.Error(codes.PermissionDenied, "not with password "+secret)
		}
		return peertest.Echo()(ctx, req)
	})
	b := newFleetOf(t, addrs(peer))
	if b.LastFailure() != nil {
		t.Error("nothing failed yet")
	}
	before := time.Now()
	_, _ = b.ask(t.Context(), wire(nil), nil, nil)
	callOf(t, b, "x")
	f := b.Summary().LastFailure
	want := &Failure{Code: "PERMISSION_DENIED", Message: "processor ref = connect answered PERMISSION_DENIED"}
	if f == nil || f.Time.Before(before) {
		t.Fatalf("the last failure is %+v", f)
	}
	if diff := cmp.Diff(want, &Failure{Code: f.Code, Message: f.Message}); diff != "" {
		t.Errorf("the last failure (-want +got):\n%s", diff)
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	_, _ = b.ask(left, wire(nil), nil, nil)
	if got := b.LastFailure(); got.Code != f.Code {
		t.Errorf("a caller that left is a failure: %+v", got)
	}
	peer.Stop()
	eventually(t, "it is down", func() bool { return b.State() == FleetDown })
	_, _ = b.ask(t.Context(), wire(nil), nil, nil)
	if got := b.LastFailure(); got.Code != "UNAVAILABLE" || !strings.Contains(got.Message, peer.Addr) {
		t.Errorf("the last failure is %+v, which doesn't say where", got)
	}
}

// statesOf are the states that an instance had, in order.
func statesOf(b *Backend, addr string) (all []string) {
	for _, c := range slices.Backward(b.Status().Changes) {
		if c.Instance == addr {
			all = append(all, c.State)
		}
	}
	return all
}

func TestChangesOfInstancesAreRemembered(t *testing.T) {
	all := peers(t, 2)
	b := newFleetOf(t, addrs(all...))
	if s := b.Status(); s.State != FleetReady || s.Since != nil || s.Reason != "" || s.Known != 2 {
		t.Errorf("at first: %+v", s.Summary)
	}
	lost := all[0].Addr
	all[0].Stop()
	eventually(t, "it is failing", func() bool { return states(b)[stateFailing] == 1 })
	s := b.Status()
	if s.State != FleetDegraded || s.Since == nil || !strings.Contains(s.Reason, lost) {
		t.Errorf("degraded: %+v", s.Summary)
	}
	last := s.Changes[0]
	if last.Instance != lost || last.State != stateFailing || last.Reason == "" || !last.Time.Equal(*s.Since) {
		t.Errorf("the last change is %+v, it is degraded since %v", last, s.Since)
	}
	peertest.StartOn(t, peertest.ListenOn(t, lost), peertest.Echo())
	eventually(t, "it is back", func() bool { return states(b)[stateReady] == 2 })
	got := slices.Compact(slices.DeleteFunc(statesOf(b, lost), func(s string) bool { return s == stateConnecting }))
	if diff := cmp.Diff([]string{stateReady, stateFailing, stateReady}, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestFiftyChangesAreRemembered(t *testing.T) {
	f, all := connected(t, 2, Ejection{})
	defer f.close()
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := range 2 * mostChanges {
		all[0].ejection.out = n%2 == 0
		all[0].reason = fmt.Sprint("reason ", n)
		f.publish()
	}
	newest := f.changes[len(f.changes)-1]
	if len(f.changes) != mostChanges || newest.State != stateReady || newest.Reason != "" {
		t.Errorf("%d changes are remembered, the newest is %+v", len(f.changes), newest)
	}
	if before := f.changes[len(f.changes)-2]; before.Reason != fmt.Sprint("reason ", 2*mostChanges-2) {
		t.Errorf("the one before is %+v", before)
	}
}

func TestCertificatesTellWhenTheyEnd(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"server", "client"} {
		peertest.Certificate(t, dir, name)
	}
	if err := os.Link(file("client.crt"), file("trusted.crt")); err != nil {
		t.Fatal(err)
	}
	peer := secured(t, dir)
	b := newBackend(t, peer.Addr, func(o *Options) {
		o.TLS = &TLS{CA: file("server.crt"), Cert: file("client.crt"), Key: file("client.key")}
	})
	callOf(t, b, "x")
	s := b.Status()
	for whose, end := range map[string]*time.Time{
		"the dispatcher's": s.CertificateEnds, "the instance's": s.Instances[0].CertificateEnds,
	} {
		if end == nil || !end.After(time.Now()) {
			t.Errorf("%s certificate ends at %v", whose, end)
		}
	}
	plain := newFleetOf(t, addrs(peertest.Start(t, peertest.Echo()))).Status()
	if plain.CertificateEnds != nil || plain.Instances[0].CertificateEnds != nil {
		t.Errorf("in clear text a certificate ends: %+v", plain)
	}
}

func TestTheRetryBudgetTellsWhatIsLeft(t *testing.T) {
	peer := peertest.Start(t, peertest.Echo())
	b := newFleetOf(t, addrs(peer))
	if got := b.Status().RetryBudgetLeft; got != 3 {
		t.Errorf("at first %d further attempts may be made, want 3", got)
	}
	for range 10 {
		callOf(t, b, "x")
	}
	if got := b.Status().RetryBudgetLeft; got != 5 {
		t.Errorf("after 10 calls %d further attempts may be made, want 5", got)
	}
	if !b.fleet.budget.spend(0.2) {
		t.Error("nothing is left")
	}
	if got := b.Status().RetryBudgetLeft; got != 4 {
		t.Errorf("after one of them %d may be made, want 4", got)
	}
}
