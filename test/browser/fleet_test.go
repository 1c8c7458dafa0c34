package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const fleetToken = "correct-horse-battery-staple"

// natsServer runs a NATS server until the test ends, and returns its address.
func natsServer(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the NATS server doesn't start")
	}
	return s.Addr().String()
}

// member is an office that is one of a fleet.
func member(t *testing.T, nats, name, processor string) *dispatcher {
	t.Helper()
	fleet := fmt.Sprintf("spec:\n  fleet: {url: \"nats://%s\", replica: %s}\n", nats, name)
	config := strings.Replace(phones(processor), "spec:\n", fleet, 1)
	return serve(t, config, "DISPATCHER_ADMIN_TOKEN="+fleetToken)
}

// TestAFleetIsSeenFromOneConsole looks at two replicas from one, which have different configurations.
func TestAFleetIsSeenFromOneConsole(t *testing.T) {
	nats, processor := natsServer(t), serve(t, "").addr
	here, there := member(t, nats, "here", processor), member(t, nats, "there", processor)
	p := open(t, here.url("/"), 1280, 900)
	p.find("dialog", "Sign in")
	p.find("textbox", "Token").enter(fleetToken)
	p.press("Enter")
	p.shows("Fleet", "2 replicas with two configurations", "this one", "there", "differs")

	var message []byte
	for _, s := range here.samples(t, fleetToken) {
		if s.Name == "invite-sdp" {
			message = s.Protobuf
		}
	}
	p.goTo("/decisions?tab=messages")
	p.shows("▶ live")
	here.sendBytes(t, message)
	there.sendBytes(t, renamed(message, theCall, "second"))
	p.until("a row of each replica", func() bool {
		rows := strings.Join(p.rowTexts(), "\n")
		return len(p.rowTexts()) == 2 && strings.Contains(rows, "here") && strings.Contains(rows, "there")
	})
	var list struct{ Decisions []struct{ ID string } }
	there.get(t, "/api/v1/decisions", fleetToken, &list)
	p.goTo("/decision/" + list.Decisions[0].ID)
	p.shows("epoch 1 of there")
	p.clean()
}
