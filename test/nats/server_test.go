// Package nats tries the publishing of decisions against a NATS server. It is a module of its own, so that who looks at
// what the program needs doesn't find a server among it.
package nats

import (
	"encoding/json"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/decision"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// natsServer runs a NATS server on addr until the test ends or it is stopped.
func natsServer(t *testing.T, addr string, change ...func(*server.Options)) *server.Server {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	opts := &server.Options{Host: host, NoLog: true, NoSigs: true}
	if _, err := fmt.Sscan(port, &opts.Port); err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(opts)
	}
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the NATS server doesn't start")
	}
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

// listen returns the Call-IDs that are published.
func listen(t *testing.T, addr string) <-chan string {
	t.Helper()
	conn, err := nats.Connect("nats://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	got := make(chan string, 100)
	if _, err := conn.Subscribe(bus.DefaultSubject, func(m *nats.Msg) {
		var e decision.Entry
		if err := json.Unmarshal(m.Data, &e); err != nil {
			t.Error(err)
		}
		got <- e.CallID
	}); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return got
}

// add adds a record of a message with this Call-ID.
func add(l *decision.Log, callID string) {
	l.Add(&decision.Record{Time: time.Now(), CallID: []byte(callID), Processor: "im"})
}

func newLog(t *testing.T) *decision.Log {
	t.Helper()
	l, err := decision.NewLog(decision.Options{Keep: 100})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
