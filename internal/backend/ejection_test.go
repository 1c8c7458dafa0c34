package backend

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// connected is a fleet of n instances that are ready, without connections.
func connected(t *testing.T, n int, e Ejection) (*fleet, []*instance) {
	t.Helper()
	f := newFleet(Options{Ejection: e.withDefaults()})
	for i := range n {
		addr := string(rune('a' + i))
		f.instances[addr] = newInstance(addr, 1)
		f.instances[addr].state = connectivity.Ready
	}
	f.mu.Lock()
	f.publish()
	all := f.sorted()
	f.mu.Unlock()
	return f, all
}

// callable says which instances get calls.
func callable(f *fleet) (addrs string) {
	for _, e := range f.picker.Load().entries {
		addrs += e.addr
	}
	return addrs
}

var nobodys atomic.Uint64

// somebody is who never called before.
func somebody() suspect {
	n := nobodys.Add(1)
	return suspect{dialog: n, caller: n}
}

func repeat(f *fleet, i *instance, n int, o outcome) {
	for range n {
		f.judge(i, o, somebody(), time.Now())
	}
}

func TestAFailingInstanceIsEjectedAndComesBackOnProbation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, all := connected(t, 4, Ejection{})
		defer f.close()
		bad := all[1]
		at := func(want, when string) {
			t.Helper()
			if diff := cmp.Diff(want, callable(f)); diff != "" {
				t.Fatalf("who is called %s (-want +got):\n%s", when, diff)
			}
		}
		wait := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		repeat(f, bad, 4, unavailable)
		f.judge(bad, success, somebody(), time.Now())
		repeat(f, bad, 4, unavailable)
		at("abcd", "after failures that a success interrupted")
		f.judge(bad, unavailable, somebody(), time.Now())
		at("acd", "after five failures in a row")
		wait(5*time.Second - 1)
		at("acd", "before the time is over")
		wait(1)
		at("abcd", "after it")

		f.judge(bad, unavailable, somebody(), time.Now())
		at("acd", "after a failure on probation")
		wait(10*time.Second - 1)
		at("acd", "before the double time is over")
		wait(1)
		at("abcd", "after the double time")

		repeat(f, bad, 2*probationCalls, success)
		repeat(f, bad, 4, unavailable)
		at("abcd", "after it was forgiven")
		f.judge(bad, unavailable, somebody(), time.Now())
		at("acd", "after five more failures")
		wait(5 * time.Second)
		at("abcd", "after the time of a first ejection")
	})
}

func TestEjectionLastsNoLongerThanTheLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, all := connected(t, 2, Ejection{BaseTime: time.Second, MaxTime: time.Minute})
		defer f.close()
		for range 40 {
			repeat(f, all[0], 5, unavailable)
			if got := callable(f); got != "b" {
				t.Fatalf("%q are called", got)
			}
			f.mu.Lock()
			until := time.Until(all[0].ejection.until)
			f.mu.Unlock()
			if until > time.Minute || until <= 0 {
				t.Fatalf("it is out for %v", until)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
	})
}

func TestARateOfFailuresEjectsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, all := connected(t, 2, Ejection{})
		defer f.close()
		for range 9 {
			f.judge(all[0], broken, somebody(), time.Now())
			f.judge(all[0], success, somebody(), time.Now())
		}
		f.judge(all[0], broken, somebody(), time.Now())
		if got := callable(f); got != "ab" {
			t.Errorf("%q are called after 19 calls", got)
		}
		time.Sleep(15 * time.Second) // those are forgotten
		for range 9 {
			f.judge(all[0], broken, somebody(), time.Now())
			f.judge(all[0], success, somebody(), time.Now())
		}
		f.judge(all[0], success, somebody(), time.Now())
		if got := callable(f); got != "ab" {
			t.Errorf("%q are called after 9 failures of 19 calls", got)
		}
		f.judge(all[0], broken, somebody(), time.Now())
		if got := callable(f); got != "b" {
			t.Errorf("%q are called after 10 failures of 20 calls", got)
		}
	})
}

func TestNeverTooManyAreEjected(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		e    Ejection
		want string
	}{
		{"the only one never", 1, Ejection{}, "a"},
		{"one of two", 2, Ejection{}, "b"},
		{"one of three by default", 3, Ejection{}, "bc"},
		{"half of six", 6, Ejection{}, "def"},
		{"none where the part is too small", 4, Ejection{MaxEjected: 0.2}, "abcd"},
		{"never all", 3, Ejection{MaxEjected: 1}, "c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, all := connected(t, c.n, c.e)
				defer f.close()
				for _, i := range all {
					repeat(f, i, 20, unavailable)
				}
				if got := callable(f); got != c.want {
					t.Errorf("%q are called, want %q", got, c.want)
				}
			})
		})
	}
}

func TestEjectedInstancesAreCalledWhereThereAreNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, all := connected(t, 2, Ejection{})
		defer f.close()
		b := &Backend{fleet: f}
		repeat(f, all[0], 5, unavailable)
		f.mu.Lock()
		all[1].state = connectivity.TransientFailure
		f.publish()
		f.mu.Unlock()
		if got := callable(f); got != "a" {
			t.Errorf("%q are called", got)
		}
		if !b.Healthy() {
			t.Error("it isn't healthy, though an instance can be called")
		}
	})
}

func TestWhatCountsAgainstAnInstance(t *testing.T) {
	for code, want := range map[codes.Code]outcome{
		codes.NotFound: success, codes.PermissionDenied: success, codes.ResourceExhausted: success,
		codes.Canceled: success,
		codes.Internal: broken, codes.Unknown: broken, codes.DataLoss: broken,
		codes.Unavailable: unavailable, codes.DeadlineExceeded: unavailable,
	} {
		if got := answeredOutcome(code); got != want {
			t.Errorf("%v counts as %d, want %d", code, got, want)
		}
	}
}

func TestAnInstanceThatHangsIsEjected(t *testing.T) {
	hung := peertest.Start(t, func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	good := peertest.Start(t, peertest.Echo())
	b := newFleetOf(t, addrs(hung, good), within(time.Second/2), with(RoundRobin), // a call arrives in that time
		func(o *Options) { o.Ejection.BaseTime, o.Ejection.MaxTime = time.Hour, time.Hour })
	for n := range 20 {
		_, _ = b.ask(t.Context(), request(t, fmt.Sprint(n)), nil, nil) // every other one fails at first
	}
	if n := len(hung.Calls()); n != 5 {
		t.Errorf("the hung instance got %d calls, want 5", n)
	}
	for _, i := range b.Status().Instances {
		if i.Addr == hung.Addr &&
			(i.State != stateEjected || i.EjectedUntil == nil || i.Reason != "5 failures in a row") {
			t.Errorf("it is shown as %+v", i)
		}
	}
}

func TestCallersThatGoAwayAndApplicationErrorsEjectNobody(t *testing.T) {
	peer := func() *peertest.Peer {
		return peertest.Start(t, func(ctx context.Context, data []byte) ([]byte, error) {
			if len(data) == 0 {
				<-ctx.Done()
			}
			return nil, status.Error(codes.NotFound, "no such user")
		})
	}
	b := newFleetOf(t, addrs(peer(), peer()))
	for range 30 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, _ = b.ask(ctx, wire(nil), nil, nil) // the caller's time is too short
		cancel()
		_, _ = b.ask(t.Context(), request(t, "x"), nil, nil) // NOT_FOUND
	}
	for _, i := range b.Status().Instances {
		if i.State != stateReady || i.Failures != 0 {
			t.Errorf("an instance is shown as %+v", i)
		}
	}
}
