package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// counted is a listener that counts who connects.
type counted struct {
	net.Listener
	accepted atomic.Int32
}

func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.accepted.Add(1)
	}
	return conn, err
}

func startCounted(t *testing.T) (*peertest.Peer, *counted) {
	t.Helper()
	l := &counted{Listener: peertest.Listen(t)}
	return peertest.StartOn(t, l, peertest.Echo()), l
}

// get returns the backend of a ref from a pool.
func get(t *testing.T, p *Pool, ref string, list []Address, change ...func(*Options)) *Backend {
	t.Helper()
	opts := Options{Role: Processor, Ref: ref, Addrs: list, Timeout: 10 * time.Second, MaxMessageBytes: 1 << 20}
	for _, c := range change {
		c(&opts)
	}
	b, err := p.Get(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// sockets counts the sockets of this process.
func sockets(t *testing.T) (n int) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		to, _ := os.Readlink("/proc/self/fd/" + f.Name()) // it may be closed by now
		if strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// limitFiles allows this process so many open files until the test ends.
func limitFiles(t *testing.T, n uint64) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: n, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	})
}

func TestTenThousandRefsCostTheConnectionsOfTheirPlaces(t *testing.T) {
	const refs = 10_000
	limitFiles(t, 1024)
	for _, places := range []int{1, 50} {
		t.Run(fmt.Sprintf("%d places", places), func(t *testing.T) {
			all := peers(t, places)
			run := func(refs int) (openSockets, goroutines int) {
				pool := newPool()
				backends := make([]*Backend, refs)
				sockets0, goroutines0 := sockets(t), runtime.NumGoroutine()
				for n := range backends {
					backends[n] = get(t, pool, fmt.Sprint("tenant-", n), addrs(all[n%places]))
					backends[n].Connect()
				}
				for n := range places {
					eventually(t, "it is connected", func() bool { return states(backends[n])[stateReady] == 1 })
				}
				callOf(t, backends[refs-1], "x")
				if got := len(pool.fleets); got != places {
					t.Errorf("%d refs make %d fleets, want %d", refs, got, places)
				}
				openSockets, goroutines = sockets(t)-sockets0, runtime.NumGoroutine()-goroutines0
				for _, b := range backends {
					if err := b.Close(); err != nil {
						t.Error(err)
					}
				}
				if len(pool.fleets)+len(pool.totals) != 0 {
					t.Errorf("%d fleets and %d counters are left", len(pool.fleets), len(pool.totals))
				}
				return openSockets, goroutines
			}
			_, fewGoroutines := run(places)
			manySockets, manyGoroutines := run(refs)
			each := 2 // both ends are in this process
			if *byLane {
				each += 2
			}
			if manySockets > each*places {
				t.Errorf("%d refs open %d sockets, want %d", refs, manySockets, each*places)
			}
			if manyGoroutines > fewGoroutines+2*places+refs/100 { // some come and go, and those of other tests go
				t.Errorf("%d refs take %d goroutines, %d refs %d", refs, manyGoroutines, places, fewGoroutines)
			}
		})
	}
}

func TestAReloadThatChangesHowToCallKeepsConnectionsHealthAndCounters(t *testing.T) {
	peer, listener := startCounted(t)
	broken, brokenListener := startCounted(t)
	for name, change := range map[string]func(*Options){
		"timeout":           within(3 * time.Second),
		"policy":            with(RoundRobin),
		"holdWhenDown":      func(o *Options) { o.HoldWhenDown = time.Second },
		"retryMethods":      func(o *Options) { o.RetryMethods = append(o.RetryMethods, 1) },
		"retryBudget":       func(o *Options) { o.RetryBudget = 0.5 },
		"ejection":          func(o *Options) { o.Ejection.ConsecutiveFailures = 7 },
		"resolveInterval":   func(o *Options) { o.ResolveInterval = time.Minute },
		"maxMessageBytes":   func(o *Options) { o.MaxMessageBytes = 2 << 20 },
		"order of adresses": func(o *Options) { o.Addrs = addrs(broken, peer) },
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool()
			before := get(t, pool, "connect", addrs(peer, broken))
			before.Connect()
			eventually(t, "both are ready", func() bool { return states(before)[stateReady] == 2 })
			for _, i := range before.fleet.instances {
				eventually(t, "each has its lane", func() bool { return !*byLane || i.lanes.usable() != nil })
			}
			accepted := listener.accepted.Load() + brokenListener.accepted.Load()
			before.fleet.eject(before.fleet.instances[broken.Addr], time.Now(), "5 failures in a row", 0)
			callOf(t, before, "x")
			after := get(t, pool, "connect", addrs(peer, broken), change)
			after.Connect()
			if err := before.Close(); err != nil {
				t.Error(err)
			}
			callOf(t, after, "y")
			s := after.Status()
			if s.Calls != 2 || s.State != FleetDegraded || states(after)[stateEjected] != 1 {
				t.Errorf("afterwards: %+v", s)
			}
			if got := listener.accepted.Load() + brokenListener.accepted.Load(); got != accepted {
				t.Errorf("%d connections were made anew", got-accepted)
			}
		})
	}
}

func TestWhatDecidesTheConnectionMakesAnotherFleet(t *testing.T) {
	peer, other := peertest.Start(t, peertest.Echo()), peertest.Start(t, peertest.Echo())
	pool := newPool()
	b := get(t, pool, "a", addrs(peer))
	for name, change := range map[string]func(*Options){
		"another address": func(o *Options) { o.Addrs = addrs(other) },
		"one more":        func(o *Options) { o.Addrs = addrs(peer, other) },
		"a weight":        func(o *Options) { o.Addrs = []Address{{Target: peer.Addr, Weight: 2}} },
		"TLS":             func(o *Options) { o.TLS = &TLS{} },
		"a server's name": func(o *Options) { o.TLS = &TLS{ServerName: "x"} },
		"no health check": func(o *Options) { o.NoHealthCheck = true },
		"who calls":       func(o *Options) { o.UserAgent = "somebody/1" },
	} {
		if get(t, pool, name, addrs(peer), change).fleet == b.fleet {
			t.Errorf("%s: it shares the fleet", name)
		}
	}
	if get(t, pool, "b", addrs(peer)).fleet != b.fleet {
		t.Error("an equal place is another fleet")
	}
	middleware := get(t, pool, "a", addrs(peer), func(o *Options) { o.Role = Middleware })
	if middleware.fleet != b.fleet || middleware.totals == b.totals {
		t.Error("a middleware of the same ref shares counters or no fleet")
	}
}

func TestRefsOfOneFleetKeepWhatIsTheirs(t *testing.T) {
	all := peers(t, 2)
	pool := newPool()
	dialogs := get(t, pool, "dialogs", addrs(all...))
	turns := get(t, pool, "turns", addrs(all...), with(RoundRobin))
	dialogs.Connect()
	eventually(t, "all are ready", func() bool { return states(turns)[stateReady] == 2 })
	for name, want := range map[*Backend]int{dialogs: 1, turns: 2} {
		at := map[string]bool{}
		for range 4 {
			at[callOf(t, name, "the same")] = true
		}
		if len(at) != want {
			t.Errorf("the calls of a dialog of %s went to %d instances, want %d", name.Ref(), len(at), want)
		}
	}
	hurried := get(t, pool, "hurried", addrs(all...), within(time.Nanosecond))
	var failed *status.Error
	_, err := hurried.ask(t.Context(), request(t, "x"), nil, nil)
	if !errors.As(err, &failed) || failed.Code != status.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	for b, want := range map[*Backend]uint64{dialogs: 4, turns: 4, hurried: 1} {
		if got := b.Status().Calls; got != want {
			t.Errorf("%s counts %d calls, want %d", b.Ref(), got, want)
		}
	}
}

func TestTheNewestConfigurationSaysHowAFleetIsTreated(t *testing.T) {
	peer := peertest.Start(t, peertest.Echo())
	_, port, err := net.SplitHostPort(peer.Addr)
	if err != nil {
		t.Fatal(err)
	}
	target := []Address{{Target: "dns:///connect.test:" + port}}
	looked := make(chan struct{}, 100)
	pool := newPool()
	before := get(t, pool, "a", target, func(o *Options) { o.ResolveInterval = time.Hour })
	dns := &names{hosts: []string{"127.0.0.1"}}
	before.fleet.lookup = func(ctx context.Context, host string) ([]string, error) {
		select {
		case looked <- struct{}{}:
		default: // enough were seen
		}
		return dns.lookup(ctx, host)
	}
	before.Connect()
	callOf(t, before, "x")
	<-looked
	after := get(t, pool, "b", target, func(o *Options) {
		o.ResolveInterval, o.Ejection.ConsecutiveFailures = 10*time.Millisecond, 9
	})
	if before.fleet.manner.Load().Ejection.ConsecutiveFailures != 5 {
		t.Error("a configuration counts that isn't the running one yet")
	}
	after.Connect()
	for range 3 {
		<-looked // not after an hour
	}
	if before.fleet.manner.Load().Ejection.ConsecutiveFailures != 9 {
		t.Error("the new configuration doesn't count")
	}
}

func TestAFleetEndsWithTheLastWhoSharesIt(t *testing.T) {
	peer := peertest.Start(t, peertest.Echo())
	pool := newPool()
	a, same := get(t, pool, "a", addrs(peer)), get(t, pool, "a", addrs(peer))
	callOf(t, a, "x")
	for range 2 { // once is enough
		a.Close()
	}
	callOf(t, same, "x") // somebody holds it still
	if got := same.Status().Calls; got != 2 {
		t.Errorf("%d calls", got)
	}
	same.Close()
	if _, err := same.ask(t.Context(), request(t, "x"), nil, nil); err == nil {
		t.Error("a fleet that nobody holds takes calls")
	}
	anew := get(t, pool, "a", addrs(peer))
	if anew.fleet == same.fleet || anew.Status().Calls != 0 {
		t.Error("the pool hands out what was closed")
	}
	_, err := pool.Get(Options{Role: Processor, Ref: "b"})
	if err == nil || !strings.Contains(err.Error(), "processor ref = b") {
		t.Errorf("without an address: %v", err)
	}
}

// TestTheLastWhoClosesAndTheFirstWhoOpens has backends of one place come and go at once: whoever holds one can call,
// however many others close theirs in that moment, and nothing is left.
func TestTheLastWhoClosesAndTheFirstWhoOpens(t *testing.T) {
	peer := peertest.Start(t, peertest.Echo())
	pool := newPool()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for range 25 {
				b, err := pool.Get(Options{
					Role: Processor, Ref: fmt.Sprint("tenant-", n%3), Addrs: addrs(peer), Timeout: time.Minute,
					MaxMessageBytes: 1 << 20, ResolveInterval: time.Duration(n+1) * time.Minute,
				})
				if err != nil {
					t.Error(err)
					return
				}
				b.Connect()
				if _, err := b.ask(context.Background(), request(t, "x"), nil, nil); err != nil {
					t.Error(err)
				}
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if len(pool.fleets)+len(pool.totals) != 0 {
		t.Errorf("%d fleets and %d counters are left", len(pool.fleets), len(pool.totals))
	}
}
