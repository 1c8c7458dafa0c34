package nats

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func TestDecisionsArePublishedWhenTheServerComes(t *testing.T) {
	addr := peertest.FreeAddr(t)
	n, err := bus.NewSink(bus.Server{URL: "nats://user:hunter2@" + addr}, "")
	if err != nil {
		t.Fatal(err)
	}
	l := newLog(t)
	var said strings.Builder
	a := l.Attach(n, slog.New(slog.NewTextHandler(&said, nil)))
	defer func() {
		_ = a.Close(t.Context())
		if strings.Contains(said.String(), "hunter2") || strings.Contains(n.Name(), "hunter2") {
			t.Errorf("the password is told: %s %s", n.Name(), said.String())
		}
	}()
	add(l, "before")
	peertest.Eventually(t, "it waits for the server", func() bool { return l.Stats().Sinks[0].Failing })
	s := natsServer(t, addr)
	got := listen(t, addr)
	add(l, "after")
	seen := map[string]bool{}
	for len(seen) < 2 {
		select {
		case id := <-got:
			seen[id] = true
		case <-time.After(30 * time.Second):
			if seen["after"] && len(seen) == 1 { // the first one came before somebody listened
				return
			}
			t.Fatalf("published %v", seen)
		}
	}
	if !seen["after"] {
		t.Errorf("published %v", seen)
	}
	s.Shutdown()
	s.WaitForShutdown()
	add(l, "lost")
	peertest.Eventually(t, "it is failing again", func() bool { return l.Stats().Sinks[0].Failing })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := a.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if st := a.Stats(); st.Dropped == 0 {
		t.Errorf("%+v", st)
	}
}

func TestADecisionThatTheServerNeverTakesIsDropped(t *testing.T) {
	addr := peertest.FreeAddr(t)
	s := natsServer(t, addr, func(o *server.Options) { o.MaxPayload = 600 })
	defer s.Shutdown()
	got := listen(t, addr)
	n, err := bus.NewSink(bus.Server{URL: "nats://" + addr}, "")
	if err != nil {
		t.Fatal(err)
	}
	long, err := proto.Marshal(&routrpb.MessageRequest{
		Ref: "call-1", Method: routrpb.Method_INVITE, Message: &routrpb.SIPMessage{Body: strings.Repeat("x", 2000)},
	})
	if err != nil {
		t.Fatal(err)
	}
	l := newLog(t)
	a := l.Attach(n, slog.New(slog.DiscardHandler))
	add(l, "before")
	l.Add(&decision.Record{Time: time.Now(), CallID: []byte("too large"), Code: 13, Error: strings.Repeat("x", 900)})
	l.Add(&decision.Record{Time: time.Now(), CallID: []byte("large"), Code: 13, Request: long})
	add(l, "after")
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before", "large", "after"} {
		select {
		case id := <-got:
			if id != want {
				t.Errorf("got %s, not %s", id, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s was not published", want)
		}
	}
	if st := a.Stats(); st.Written != 3 || st.Dropped != 1 {
		t.Errorf("%+v", st)
	}
}

func TestADecisionThatCantBeEncodedIsDropped(t *testing.T) {
	addr := peertest.FreeAddr(t)
	natsServer(t, addr)
	n, err := bus.NewSink(bus.Server{URL: "nats://" + addr}, "")
	if err != nil {
		t.Fatal(err)
	}
	taken, lost, err := n.Write(t.Context(), []decision.Entry{{ID: "a"}, {ID: "b", Message: []byte("{")}, {ID: "c"}})
	if taken != 3 || lost != 1 || err != nil {
		t.Errorf("it took %d and lost %d: %v", taken, lost, err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}
