//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	grpcpeer "google.golang.org/grpc/peer"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// load sends messages with distinct ids until it is told to stop, and remembers what became of each.
type load struct {
	conns   []*grpc.ClientConn
	callers int
	prefix  string
	methods []routrpb.Method // in turn

	sent atomic.Int64
	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex
	outcome map[string]codes.Code // by id
	errors  map[string]string     // the first text of each code
	mixedUp []string              // ids whose answer differs from what was sent
}

// dial connects to dispatchers, in turn where they are several.
func dial(t *testing.T, addrs ...string) *grpc.ClientConn {
	t.Helper()
	r := manual.NewBuilderWithScheme("chaos")
	state := resolver.State{}
	for _, a := range addrs {
		state.Addresses = append(state.Addresses, resolver.Address{Addr: a})
	}
	r.InitialState(state)
	conn, err := grpc.NewClient("chaos:///dispatchers", grpc.WithResolvers(r),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// start sends INVITEs from so many callers over two connections.
func start(t *testing.T, callers int, dispatchers ...string) *load {
	t.Helper()
	return startLoad(t, callers, "", []routrpb.Method{routrpb.Method_INVITE}, dispatchers...)
}

// startLoad sends messages of these methods in turn, whose ids are told from those of another load by a name.
func startLoad(t *testing.T, callers int, name string, methods []routrpb.Method, dispatchers ...string) *load {
	t.Helper()
	l := &load{
		conns: []*grpc.ClientConn{dial(t, dispatchers...), dial(t, dispatchers...)}, callers: callers,
		prefix: strings.ReplaceAll(t.Name(), "/", "-") + name, methods: methods,
		stop: make(chan struct{}), outcome: map[string]codes.Code{}, errors: map[string]string{},
	}
	for i := range callers {
		l.done.Go(func() { l.call(l.conns[i%len(l.conns)]) })
	}
	return l
}

func invoke(ctx context.Context, conn *grpc.ClientConn, req *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
	answer := &routrpb.MessageResponse{}
	return answer, conn.Invoke(ctx, routrpbconnect.ProcessorProcessMessageProcedure, req, answer)
}

// reaches reports whether every connection of the load's has calls go to an address.
func (l *load) reaches(t *testing.T, addr string) bool {
	for _, conn := range l.conns {
		found := false
		for range 2 * callers { // they go to each address in turn
			var to grpcpeer.Peer
			_, err := health.NewHealthClient(conn).Check(t.Context(), &health.HealthCheckRequest{}, grpc.Peer(&to))
			found = found || err == nil && to.Addr.String() == addr
		}
		if !found {
			return false
		}
	}
	return true
}

func (l *load) call(conn *grpc.ClientConn) {
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		n := l.sent.Add(1)
		method := l.methods[int(n)%len(l.methods)]
		id := fmt.Sprintf("%s-%s-%d", l.prefix, method, n)
		answer, err := invoke(context.Background(), conn, peertest.Numbered("chaos", id, method))
		code := status.Code(err)
		l.mu.Lock()
		l.outcome[id] = code
		if err != nil && l.errors[code.String()] == "" {
			l.errors[code.String()] = err.Error()
		}
		if err == nil && (answer.GetMetadata()["id"] != id || !peertest.Untouched(answer.GetMessage(), id, method)) {
			l.mixedUp = append(l.mixedUp, id)
		}
		l.mu.Unlock()
	}
}

// until waits for as many messages.
func (l *load) until(t *testing.T, n int64) {
	t.Helper()
	peertest.Eventually(t, fmt.Sprintf("%d messages are sent", n), func() bool { return l.sent.Load() >= n })
}

// account is what became of all messages.
type account struct {
	*load
	codes map[codes.Code]int
	at    map[string][]int // by id: the peers that got it, as often as they did
}

// end stops the load and counts. No message may be delivered twice, and not a byte may change on its way to a peer and
// back, whatever happens.
func (l *load) end(t *testing.T, peers []*peer) *account {
	t.Helper()
	close(l.stop)
	l.done.Wait()
	a := &account{load: l, codes: map[codes.Code]int{}, at: map[string][]int{}}
	for _, code := range l.outcome {
		a.codes[code]++
	}
	for i, p := range peers {
		for _, id := range p.lines(t, "got") {
			a.at[id] = append(a.at[id], i)
		}
		for _, id := range p.lines(t, "changed") {
			t.Errorf("%s came to peer %d otherwise than it was sent", id, i)
		}
	}
	t.Logf("%d messages: %v %v", len(l.outcome), a.codes, l.errors)
	for id, at := range a.at {
		if len(at) > 1 && strings.HasPrefix(id, l.prefix) {
			t.Errorf("%s was delivered %d times, to peers %v", id, len(at), at)
		}
	}
	for id, code := range l.outcome {
		if code == codes.OK && len(a.at[id]) == 0 {
			t.Errorf("%s was answered and never delivered", id)
		}
	}
	if len(l.mixedUp) > 0 {
		t.Errorf("%d answers differ from what was sent, such as that to %s", len(l.mixedUp), l.mixedUp[0])
	}
	return a
}

// none fails the test where any message failed.
func (a *account) none(t *testing.T) {
	t.Helper()
	if failed := len(a.outcome) - a.codes[codes.OK]; failed > 0 {
		t.Errorf("%d of %d messages failed", failed, len(a.outcome))
	}
}

// onlyAt fails the test where a message failed that a peer other than those got, or with another code than those.
func (a *account) onlyAt(t *testing.T, peers []int, allowed ...codes.Code) {
	t.Helper()
	for id, code := range a.outcome {
		if code == codes.OK {
			continue
		}
		if !contains(allowed, code) {
			t.Errorf("%s failed with %s", id, code)
		}
		for _, at := range a.at[id] {
			if !contains(peers, at) {
				t.Errorf("%s failed with %s although peer %d got it", id, code, at)
			}
		}
	}
}

func contains[T comparable](all []T, one T) bool {
	for _, x := range all {
		if x == one {
			return true
		}
	}
	return false
}
