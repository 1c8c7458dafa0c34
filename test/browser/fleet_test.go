package browser

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
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

// inFleet is the configuration of an office that is one of a fleet.
func inFleet(nats, name, processor string) string {
	fleet := fmt.Sprintf("spec:\n  fleet: {url: \"nats://%s\", replica: %s}\n", nats, name)
	return strings.Replace(phones(processor), "spec:\n", fleet, 1)
}

// member is an office that is one of a fleet.
func member(t *testing.T, nats, name, processor string) *dispatcher {
	t.Helper()
	return serve(t, inFleet(nats, name, processor), "DISPATCHER_ADMIN_TOKEN="+fleetToken)
}

// signIn gives the token of the fleet.
func (p *page) signIn() {
	p.t.Helper()
	p.find("dialog", "Sign in")
	p.find("textbox", "Token").enter(fleetToken)
	p.press("Enter")
}

// TestAFleetIsSeenFromOneConsole looks at two replicas from one, which have different configurations.
func TestAFleetIsSeenFromOneConsole(t *testing.T) {
	nats, processor := natsServer(t), serve(t, "").addr
	here, there := member(t, nats, "here", processor), member(t, nats, "there", processor)
	p := open(t, here.url("/"), 1280, 900)
	p.signIn()
	p.shows("Fleet", "2 replicas with two configurations", "this one", "there", "differs")

	message := here.sampleWith(t, fleetToken, "invite-sdp")
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

// sampleWith is a built-in message in its wire form, of a dispatcher that asks for a token.
func (d *dispatcher) sampleWith(t *testing.T, token, name string) []byte {
	t.Helper()
	for _, s := range d.samples(t, token) {
		if s.Name == name {
			return s.Protobuf
		}
	}
	t.Fatalf("there is no sample %s", name)
	return nil
}

// TestEachScreenAsksTheFleet has calls at three replicas, and looks from one at those of the others: in the list of
// calls, in a ladder whose messages two of them had, in the hits of rules, in a watch and in a draft's impact. What the
// API has of one replica alone says so. Then one replica gets another configuration, and one falls silent.
//
// Mutations that this catches: calls, hits, a watch or the impact of this replica alone; a screen that leaves out the
// replica that doesn't answer without a word.
func TestEachScreenAsksTheFleet(t *testing.T) {
	nats, processor := natsServer(t), serve(t, "").addr
	here, there, third := member(t, nats, "here", processor), member(t, nats, "there", processor),
		member(t, nats, "third", processor)
	all := []*dispatcher{here, there, third}
	for _, d := range all {
		d.write(t, inFleet(nats, "any", processor)) // the name is that of the start
	}
	message := here.sampleWith(t, fleetToken, "invite-sdp")
	roams := ("roams" + strings.Repeat("0", len(theCall)))[:len(theCall)]
	p := open(t, here.url("/"), 1280, 900)
	p.signIn()
	p.shows("3 replicas, all have epoch 2", "this replica only")

	there.sendBytes(t, renamed(message, theCall, "only-there"))
	for _, d := range all {
		d.sendBytes(t, renamed(message, theCall, roams))
	}
	p.goTo("/decisions")
	p.until("a row of each call", func() bool { return len(p.rowTexts()) == 2 })
	p.goTo("/call/" + roams)
	p.shows("3 messages", "Every message of this call went where a rule sent it.")

	p.goTo("/routes")
	p.until("the hits of all", func() bool {
		return slices.ContainsFunc(p.rowTexts(), func(row string) bool {
			return strings.Contains(row, "connect") && slices.Contains(strings.Fields(row), "4")
		})
	})
	p.shows("at all replicas", "this replica only")

	p.goTo("/watches")
	p.find("button", "Watch for …").click()
	p.find("textbox", "What for").enter("user:1002")
	p.press("Enter")
	p.shows("Nothing was caught yet", "all 3 replicas")
	for _, d := range all {
		d.sendBytes(t, renamed(message, theCall, "dialled-again"))
	}
	p.shows("Caught 1 call.", "3 messages")
	if n := eval[int](p, `document.querySelectorAll("section[aria-label=Watches] tbody tr").length`); n != 1 {
		t.Errorf("one watch stands in %d rows", n)
	}
	p.find("button", "End it").click()
	p.shows("Nothing is watched for")
	for _, d := range all {
		var left struct{ Watches []any }
		if d.get(t, "/api/v1/watches", fleetToken, &left); len(left.Watches) > 0 {
			t.Errorf("a watch is left: %v", left)
		}
	}

	p.goTo("/config")
	p.shows("what is shown here is of here")
	p.editConfig(`["911", "112"]`, `["911", "112", "1002"]`)
	p.find("button", "What would it do?").click()
	p.shows("Of 7 messages 7 would go elsewhere", "They are those of all replicas that answered")
	p.find("button", "All 7").click()
	p.until("the messages of the group", func() bool { return len(p.all("button", "-000000000")) == 7 })

	third.write(t, strings.Replace(inFleet(nats, "any", processor), `"112"]`, `"112", "999"]`, 1))
	p.shows("3 replicas, two of three have epoch 2", "another configuration at third (epoch 3")
	p.clean()

	if err := third.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = third.cmd.Process.Signal(syscall.SIGCONT) }) // who is stopped doesn't end
	p.goTo("/decisions")
	p.until("that it is left out", func() bool { return strings.Contains(p.text(), "Without third") })
	if err := third.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	p.until("that it is there again", func() bool { return !strings.Contains(p.text(), "Without third") })
	p.clean()
}
