package hostile

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

const (
	// mostOfFoes bounds what the dispatcher may hold while a processor attacks.
	mostOfFoes = 256 << 20
	// duels are how many are fought at once: most of them wait for time-outs.
	duels = 12
)

// TestProcessorsHarmNobodyButThemselves has processors attack, on the ordinary way and over lanes: whoever calls them
// is told what came of it within their timeout, a good processor beside answers right, to the byte, the bad one is
// judged the same both ways, and nothing is left when it has gone.
func TestProcessorsHarmNobodyButThemselves(t *testing.T) {
	if _, err := program(); err != nil {
		t.Fatal(err)
	}
	places := make(chan struct{}, duels)
	var all sync.WaitGroup
	for _, name := range slices.Sorted(maps.Keys(tricks)) {
		for _, relay := range []string{"off", "auto"} {
			places <- struct{}{}
			all.Go(func() {
				defer func() { <-places }()
				t.Run(name+"/"+relay, func(t *testing.T) { newDuel(t, relay, tricks[name]).fight(t) })
			})
		}
	}
	all.Wait()
}

// duel is a dispatcher with foes.
type duel struct {
	*dispatcher
	*trick
	alone, beside *foe // the latter has a good instance beside it, whose turn comes as often
	client        *grpc.ClientConn
	calls         atomic.Int64
}

func newDuel(t *testing.T, relay string, does *trick) *duel {
	t.Helper()
	v := &duel{trick: does, alone: &foe{does: does}, beside: &foe{does: does}}
	good, more := echo(t), ""
	if does.secure {
		dir := t.TempDir()
		peertest.Certificate(t, dir, "foe")
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "foe.crt"), filepath.Join(dir, "foe.key"))
		if err != nil {
			t.Fatal(err)
		}
		config := &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}
		v.alone.tls, v.beside.tls = config, config
		good = secureEcho(t, pair)
		more = fmt.Sprintf(", tls: {ca: %q}", filepath.Join(dir, "foe.crt"))
	}
	v.alone.start(t)
	v.beside.start(t)
	v.dispatcher = dispatch(t, fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: victim
spec:
  bindAddr: 127.0.0.1:0
  relay: %s
  ejection: {consecutiveFailures: 3, minCalls: 6, baseTime: 1h, maxTime: 1h}
  processors:
    - {ref: alone, addr: %q, methods: [INVITE], matchFunc: req => true, timeout: 2s%s}
    - {ref: beside, addr: [%q, %q], policy: roundRobin, methods: [MESSAGE], matchFunc: req => true, timeout: 2s%s}
    - {ref: calm, addr: %q, methods: [OPTIONS], matchFunc: req => true}
`, relay, v.alone.addr, more, v.beside.addr, good, more, echo(t)))
	client, err := grpc.NewClient(v.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	v.client = client
	return v
}

// fight calls, and looks at what came of it.
func (v *duel) fight(t *testing.T) {
	v.call(t, routrpb.Method_OPTIONS)
	v.eventually(t, "the foes are connected", func() bool { return v.alone.met() > 0 && v.beside.met() > 0 })
	v.meets()
	before := v.goroutines(t)
	calm := callers(t, v.addr, 1)
	var both sync.WaitGroup
	both.Go(func() { v.rounds(t, routrpb.Method_INVITE, 2, v.ends) })
	both.Go(func() { v.judged(t) })
	both.Wait()
	if calls := calm(); len(calls) == 0 {
		t.Error("no call of a neighbour was served")
	}
	v.alone.end()
	v.beside.end()
	v.eventually(t, "no message is in flight", func() bool {
		return v.metric(t, "routr_dispatcher_messages_in_flight") == 0
	})
	v.calmsDown(t, before)
	if n := v.metric(t, "routr_dispatcher_panics_total"); n != 0 {
		t.Errorf("%v panics were caught:\n%.4000s", n, v.log)
	}
	peak := v.peak(t)
	if t.Logf("memory peaked at %d MiB", peak>>20); peak > mostOfFoes {
		t.Errorf("memory peaked at %d MiB", peak>>20)
	}
}

// meets gives lanes a moment to be there; where there are none, all goes by grpc-go's connections.
func (v *duel) meets() {
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if v.alone.met() > 1 && v.beside.met() > 1 {
			return
		}
	}
}

// judged calls the fleet of a foe and a good instance until the foe is ejected, or should have been.
func (v *duel) judged(t *testing.T) {
	for n, begun := 0, time.Now(); ; n++ {
		switch out := v.ejected(t); {
		case out && v.fault == innocent:
			t.Errorf("it was ejected: %s", v.get(t, "/api/v1/backends"))
			return
		case out:
			v.rounds(t, routrpb.Method_MESSAGE, 1, echoed)
			return
		case n == 8 && v.fault != guilty:
			return
		case time.Since(begun) > time.Minute:
			t.Errorf("it wasn't ejected: %s", v.get(t, "/api/v1/backends"))
			return
		}
		v.rounds(t, routrpb.Method_MESSAGE, 1, append(echoed, v.ends...))
	}
}

// ejected reports whether the foe that has a good instance beside it is.
func (v *duel) ejected(t *testing.T) bool {
	var shown struct {
		Backends []struct {
			Ref     string
			Changes []struct{ Instance, State string }
		}
	}
	text := v.get(t, "/api/v1/backends")
	if err := json.Unmarshal([]byte(text), &shown); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for _, b := range shown.Backends {
		for _, c := range b.Changes {
			if b.Ref == "beside" && c.Instance == v.beside.addr && c.State == "ejected" {
				return true
			}
		}
	}
	return false
}

// rounds makes calls, four at once, and fails where one ends as none may.
func (v *duel) rounds(t *testing.T, method routrpb.Method, n int, may []string) {
	for range n {
		var four sync.WaitGroup
		for range 4 {
			four.Go(func() {
				if end := v.call(t, method); !slices.Contains(may, end) {
					t.Errorf("%v ends with %s, and not with %s", method, end, strings.Join(may, " or "))
				}
			})
		}
		four.Wait()
	}
}

// call makes one of somebody who never called before, and returns what came of it: echo, or a code.
func (v *duel) call(t *testing.T, method routrpb.Method) string {
	ref := fmt.Sprint("call-", v.calls.Add(1))
	request := &routrpb.MessageRequest{Ref: ref, Method: method, Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: ref, Host: "sip.local"}},
		CallId:      &routrpb.CallID{CallId: ref}, Body: strings.Repeat("x", max(800, v.body)),
	}}
	var answer routrpb.MessageResponse
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	err := v.client.Invoke(ctx, routrpbconnect.ProcessorProcessMessageProcedure, request, &answer)
	switch {
	case ctx.Err() != nil:
		return "no answer"
	case err != nil:
		return status.Code(err).String()
	case !bytes.Equal(wire(t, answer.GetMessage()), wire(t, request.GetMessage())):
		return fmt.Sprintf("%.300v", &answer)
	}
	return "echo"
}

// secureEcho is echo, over TLS.
func secureEcho(t *testing.T, pair tls.Certificate) string {
	t.Helper()
	creds := grpc.Creds(credentials.NewServerTLSFromCert(&pair))
	return peertest.StartWith(t, peertest.Listen(t), peertest.Echo(), creds).Addr
}
