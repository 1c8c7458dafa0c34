package fleet

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// edgePort sends messages as an EdgePort does: over one connection, the next one when the one before was answered.
// Where its connection ends, it looks up the name again and takes the first address that lets it in.
type edgePort struct {
	name     string
	conn     *grpc.ClientConn
	resolver *manual.Resolver

	at      atomic.Pointer[string] // the replica that answered last
	renewed atomic.Int64           // how often it looked the name up
	load    *load
}

// outcome is what became of a message.
type outcome struct {
	code  codes.Code
	error string
	by    string // the replica that it was sent to
}

// load is all EdgePorts, and what became of their messages.
type load struct {
	edgePorts []*edgePort
	sent      atomic.Int64
	stop      chan struct{}
	done      sync.WaitGroup

	mu      sync.Mutex
	outcome map[string]outcome // by id
	mixedUp []string           // ids whose answer differs from what was sent
}

// startLoad starts so many EdgePorts.
func startLoad(t *testing.T, n int) *load {
	t.Helper()
	l := &load{stop: make(chan struct{}), outcome: map[string]outcome{}}
	for i := range n {
		e := &edgePort{name: fmt.Sprintf("edge%d", i), load: l, resolver: manual.NewBuilderWithScheme("fleet")}
		none := ""
		e.at.Store(&none)
		if err := e.lookUp(e.resolver.InitialState); err != nil {
			t.Fatal(err)
		}
		var err error
		e.conn, err = grpc.NewClient("fleet:///dispatchers", grpc.WithResolvers(e.resolver),
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			// grpc-go's own default, twenty times as patient as a phone, would keep what left for a while
			grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: 2 * time.Second}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.conn.Close() })
		l.edgePorts = append(l.edgePorts, e)
		l.done.Go(e.run)
	}
	return l
}

// lookUp tells of the addresses behind the name, in the order of the answer.
func (e *edgePort) lookUp(tell func(resolver.State)) error {
	e.renewed.Add(1)
	ips, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip4", dispatchers)
	if err != nil {
		return err
	}
	state := resolver.State{}
	for _, ip := range ips {
		state.Addresses = append(state.Addresses, resolver.Address{Addr: net.JoinHostPort(ip.String(), dispatcherPort)})
	}
	tell(state)
	return nil
}

// run sends until the load is stopped.
func (e *edgePort) run() {
	for n := 0; ; n++ {
		select {
		case <-e.load.stop:
			return
		case <-time.After(time.Millisecond): // a phone network, no benchmark
		}
		if n > 0 && e.conn.GetState() != connectivity.Ready {
			_ = e.lookUp(e.resolver.UpdateState) // the list that it has is as good as any then
		}
		e.send(fmt.Sprintf("%s-%d", e.name, n))
	}
}

func (e *edgePort) send(id string) {
	e.load.sent.Add(1)
	answer, by := &routrpb.MessageResponse{}, peer.Peer{}
	err := e.conn.Invoke(context.Background(), routrpbconnect.ProcessorProcessMessageProcedure,
		peertest.Numbered("fleet", id, routrpb.Method_INVITE), answer, grpc.Peer(&by))
	o := outcome{code: status.Code(err)}
	if by.Addr != nil {
		o.by, _, _ = net.SplitHostPort(by.Addr.String())
	}
	if err == nil {
		e.at.Store(&o.by)
	} else {
		o.error = err.Error()
	}
	l := e.load
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcome[id] = o
	untouched := peertest.Untouched(answer.GetMessage(), id, routrpb.Method_INVITE)
	if err == nil && (answer.GetMetadata()["id"] != id || !untouched) {
		l.mixedUp = append(l.mixedUp, id)
	}
}

// more waits for so many further messages.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	until := l.sent.Load() + n
	peertest.Eventually(t, fmt.Sprintf("%d more messages are sent", n), func() bool { return l.sent.Load() >= until })
}

// at counts the EdgePorts whose last message a replica answered.
func (l *load) at(ip string) (n int) {
	for _, e := range l.edgePorts {
		if *e.at.Load() == ip {
			n++
		}
	}
	return n
}

// failed returns what failed so far, by id.
func (l *load) failed() map[string]outcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]outcome{}
	for id, o := range l.outcome {
		if o.code != codes.OK {
			all[id] = o
		}
	}
	return all
}

// renewed reports whether every EdgePort has looked the name up again since.
func (l *load) renewed(since []int64) bool {
	for i, n := range l.lookUps() {
		if n == since[i] {
			return false
		}
	}
	return true
}

// lookUps are how often each EdgePort looked the name up.
func (l *load) lookUps() []int64 {
	all := make([]int64, len(l.edgePorts))
	for i, e := range l.edgePorts {
		all[i] = e.renewed.Load()
	}
	return all
}
