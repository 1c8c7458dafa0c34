package nats

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// three are replicas that know each other.
func three(t *testing.T, addr string) []*replica {
	t.Helper()
	processor := peertest.Start(t, peertest.Echo())
	var all []*replica
	for _, name := range []string{"one", "two", "three"} {
		all = append(all, startReplica(t, name, addr, processor.Addr))
	}
	for _, r := range all {
		peertest.Eventually(t, r.name+" knows all", func() bool { return len(r.fleet().Replicas) == 3 })
	}
	return all
}

// overheard records what is said on the bus.
type overheard struct {
	mu   sync.Mutex
	all  []*nats.Msg
	conn *nats.Conn
}

func overhear(t *testing.T, addr string) *overheard {
	t.Helper()
	o := &overheard{}
	var err error
	if o.conn, err = nats.Connect("nats://" + addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.conn.Close)
	if _, err := o.conn.Subscribe(">", func(m *nats.Msg) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.all = append(o.all, m)
	}); err != nil {
		t.Fatal(err)
	}
	if err := o.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return o
}

// has reports whether a text was said in the clear.
func (o *overheard) has(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.all, func(m *nats.Msg) bool { return bytes.Contains(m.Data, []byte(text)) })
}

func TestOneReplicaShowsThemAll(t *testing.T) {
	addr := peertest.FreeAddr(t)
	natsServer(t, addr)
	heard := overhear(t, addr)
	all := three(t, addr)
	one, two := all[0], all[1]
	f := one.fleet()
	if !f.Joined || !f.Connected || f.Agree || f.Dropped > 0 { // each has an address of its own in its file
		t.Errorf("%+v", f)
	}
	for _, r := range f.Replicas {
		if !r.Ready || r.Draining || r.Silent || r.Self != (r.Name == "one") || r.Epoch != 1 || r.Admin == "" {
			t.Errorf("%+v", r)
		}
	}
	got, ids := one.stream("scope=fleet", "")
	const each = 5
	want := map[string]string{} // replica by Call-ID
	for i := range each {
		for _, r := range all {
			want[fmt.Sprintf("call-%s-%d", r.name, i)] = r.name
		}
	}

	t.Run("decisions as they come", func(t *testing.T) {
		began := map[string]bool{} // a stream begins at each replica when that has answered once
		for n := 0; len(began) < len(all); n++ {
			for _, r := range all {
				r.send(fmt.Sprintf("first-%s-%d", r.name, n))
			}
			for waiting := true; waiting; {
				select {
				case e := <-got:
					began[e.Replica] = true
				case <-time.After(50 * time.Millisecond):
					waiting = false
				}
			}
		}
		for id, name := range want {
			all[slices.IndexFunc(all, func(r *replica) bool { return r.name == name })].send(id)
		}
		seen := map[string]string{}
		for len(seen) < len(want) {
			select {
			case e := <-got:
				if want[e.CallID] != "" {
					seen[e.CallID] = e.Replica
				}
			case <-time.After(time.Minute):
				t.Fatalf("the stream has %v", seen)
			}
		}
		for id, name := range seen {
			if name != want[id] {
				t.Errorf("%s is of %s, not of %s", id, want[id], name)
			}
		}
	})

	t.Run("a stream that is taken up again", func(t *testing.T) {
		var last string
		for len(ids) > 0 {
			last = <-ids
		}
		for _, r := range all {
			r.send("meanwhile-" + r.name)
		}
		again, _ := two.stream("scope=fleet", last)
		seen := map[string]bool{}
		for len(seen) < len(all) {
			select {
			case e := <-again:
				if strings.HasPrefix(e.CallID, "call-") {
					t.Errorf("%s comes again", e.CallID)
				}
				if strings.HasPrefix(e.CallID, "meanwhile-") {
					seen[e.CallID] = true
				}
			case <-time.After(time.Minute):
				t.Fatalf("the stream has %v", seen)
			}
		}
	})

	t.Run("decisions of all, page by page", func(t *testing.T) {
		seen := map[string]int{}
		var of []entry
		for before, pages := "", 0; ; pages++ {
			var l list
			two.get("/decisions?scope=fleet&limit=4&method=MESSAGE&before="+before, &l)
			for _, e := range l.Decisions {
				seen[e.CallID]++
				of = append(of, e)
			}
			if len(l.Unanswered) > 0 || len(l.Decisions) > 4 {
				t.Fatalf("%+v", l)
			}
			if l.Next == nil {
				break
			}
			before = *l.Next
		}
		for id, name := range want {
			i := slices.IndexFunc(of, func(e entry) bool { return e.CallID == id })
			if seen[id] != 1 || of[i].Replica != name {
				t.Errorf("%s is there %d times", id, seen[id])
			}
		}
		var one list
		two.get("/decisions?scope=fleet&callId=call-three-0", &one)
		if len(one.Decisions) != 1 || one.Decisions[0].Replica != "three" || one.Kept < len(want) {
			t.Errorf("%+v", one)
		}
	})

	t.Run("a decision of another replica", func(t *testing.T) {
		var l list
		all[2].get("/decisions?callId=call-three-0", &l)
		var e entry
		one.get("/decisions/"+l.Decisions[0].ID, &e)
		if e.CallID != "call-three-0" || e.Replica != "three" || !bytes.Contains(e.Message, []byte("hello "+e.CallID)) {
			t.Errorf("%+v", e)
		}
		var x struct{ Selected, Code string }
		code, text := one.call(http.MethodPost, "/route/explain",
			map[string]any{"message": map[string]string{"decision": e.ID}}, &x)
		if code != http.StatusOK || x.Selected != "chat" {
			t.Errorf("explained at another replica: %d %s", code, text)
		}
		_, here := all[2].call(http.MethodGet, "/decisions/"+l.Decisions[0].ID+"?form=sip", nil, nil)
		_, there := one.call(http.MethodGet, "/decisions/"+l.Decisions[0].ID+"?form=sip", nil, nil)
		if here != there || !strings.Contains(here, "MESSAGE sip:bob@sip.local") {
			t.Errorf("there it is\n%s\nand here\n%s", there, here)
		}
		never := "/decisions/" + f.Replicas[1].BootID + "-000000999999"
		if code, text := one.call(http.MethodGet, never, nil, nil); code != http.StatusNotFound {
			t.Errorf("one that isn't there: %d %s", code, text)
		}
	})

	t.Run("hits of all", func(t *testing.T) {
		var own, both struct {
			Rules      []struct{ Hits int }
			Unanswered []any
		}
		sum := 0
		for _, r := range all {
			r.get("/rules", &own)
			sum += own.Rules[0].Hits
		}
		one.get("/rules?scope=fleet", &both)
		if both.Rules[0].Hits != sum || sum < len(want) || len(both.Unanswered) > 0 {
			t.Errorf("%d hits, and %d together", both.Rules[0].Hits, sum)
		}
	})

	t.Run("calls of all", func(t *testing.T) {
		for _, r := range all {
			r.send("roams")
		}
		var l calls
		one.get("/calls?scope=fleet&limit=1000", &l)
		got := map[string]int{}
		for _, c := range l.Calls {
			got[c.CallID] = c.Messages
		}
		for id := range want {
			if got[id] != 1 {
				t.Errorf("%s has %d messages", id, got[id])
			}
		}
		if got["roams"] != len(all) || len(got) != len(l.Calls) || l.More || len(l.Unanswered) > 0 {
			t.Errorf("%+v", l)
		}
		two.get("/calls?scope=fleet&limit=2&callId=roams&callId=call-three-0&callId=call-one-0", &l)
		if len(l.Calls) != 2 || l.Calls[0].CallID != "roams" || l.Calls[0].Messages != len(all) || !l.More {
			t.Errorf("%+v", l)
		}
		one.get("/calls?scope=fleet&state=failed", &l)
		if len(l.Calls) != 0 {
			t.Errorf("%+v", l)
		}
	})

	t.Run("impact on the traffic of all", func(t *testing.T) {
		candidate := one.configuration(addr, "127.0.0.1:1", "req => true")
		candidate = strings.Replace(candidate, "ref: chat", "ref: other", 1)
		var l list
		one.get("/decisions?scope=fleet&limit=1000", &l)
		var got struct {
			Messages, Moved, NoRoom int
			Unanswered              []any
		}
		code, text := one.call(http.MethodPost, "/config/impact", map[string]any{
			"config": candidate, "recorded": map[string]any{"scope": "fleet"},
		}, &got)
		if code != http.StatusOK || got.Messages != len(l.Decisions) || got.Moved != got.Messages || got.NoRoom > 0 {
			t.Errorf("of %d messages: %d %s", len(l.Decisions), code, text)
		}
	})

	t.Run("a watch at all", func(t *testing.T) {
		type watches struct {
			Watches    []struct{ ID, Replica string }
			Unanswered []any
		}
		var begun, there watches
		body := map[string]any{"filter": map[string]string{"method": "MESSAGE"}, "for": "1h"}
		code, text := one.call(http.MethodPost, "/fleet/watches", body, &begun)
		if code != http.StatusOK || len(begun.Watches) != 3 {
			t.Fatalf("%d %s", code, text)
		}
		two.send("watched")
		two.get("/watches?scope=fleet", &there)
		if len(there.Watches) != 3 || len(there.Unanswered) > 0 {
			t.Errorf("%+v", there)
		}
		id := begun.Watches[slices.IndexFunc(begun.Watches, func(w struct{ ID, Replica string }) bool {
			return w.Replica == "two"
		})].ID
		peertest.Eventually(t, "it is read from another replica", func() bool {
			var got struct{ Decisions []entry }
			one.get("/watches/"+id, &got)
			return len(got.Decisions) == 1 && got.Decisions[0].CallID == "watched"
		})
		if code, text := one.call(http.MethodDelete, "/watches/"+id, nil, nil); code != http.StatusOK {
			t.Errorf("%d %s", code, text)
		}
		two.get("/watches", &there)
		if len(there.Watches) != 0 {
			t.Errorf("it is still there: %+v", there)
		}
	})

	t.Run("nobody without the token", func(t *testing.T) {
		for _, text := range []string{"call-one-0", "hello", secret, `"epoch"`, token} {
			if heard.has(text) {
				t.Errorf("%q was said in the clear", text)
			}
		}
		for _, path := range []string{"/fleet", "/decisions?scope=fleet"} {
			resp, err := client.Get("http://" + one.addr + "/api/v1" + path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %d", path, resp.StatusCode)
			}
		}
	})

	t.Run("one that goes, and one that is killed", func(t *testing.T) {
		if code := all[2].stop(syscall.SIGTERM); code != 0 {
			t.Errorf("it ended with %d", code)
		}
		peertest.Eventually(t, "the others know that it left", func() bool { return len(one.fleet().Replicas) == 2 })
		two.stop(syscall.SIGKILL)
		var l list
		one.get("/decisions?scope=fleet", &l)
		if len(l.Unanswered) != 1 || l.Unanswered[0].Replica != "two" || len(l.Decisions) == 0 {
			t.Errorf("%+v", l.Unanswered)
		}
		peertest.Eventually(t, "nothing is heard of it", func() bool {
			f := one.fleet()
			return len(f.Replicas) == 2 && f.Replicas[1].Silent && strings.Contains(f.Summary, "1 silent")
		})
	})
}

func TestAFleetSaysWhoRunsWhat(t *testing.T) {
	addr := peertest.FreeAddr(t)
	natsServer(t, addr)
	all := three(t, addr)
	same := all[0].configuration(addr, "127.0.0.1:1", "req => true")
	for _, r := range all {
		r.configure(same)
	}
	peertest.Eventually(t, "all have it", func() bool {
		f := all[1].fleet()
		return f.Agree && f.Summary == "3 replicas, all have epoch 2"
	})
	all[2].configure(all[0].configuration(addr, "127.0.0.1:1", "req => false"))
	peertest.Eventually(t, "one has another", func() bool {
		f := all[0].fleet()
		return !f.Agree && f.Summary == "3 replicas, two of three have epoch 2" &&
			slices.Equal(f.Configurations[1].Replicas, []string{"three"})
	})
}

// TestABusThatIsHostileHarmsNothing has others on the server say all they can: what isn't sealed, what was sealed for
// something else, what was said before; and, with the token, states that no replica has.
func TestABusThatIsHostileHarmsNothing(t *testing.T) {
	addr := peertest.FreeAddr(t)
	natsServer(t, addr)
	heard := overhear(t, addr)
	all := three(t, addr)
	one := all[0]
	boot := one.fleet().Replicas[0].BootID
	for _, r := range one.fleet().Replicas {
		if r.Self {
			boot = r.BootID
		}
	}
	heard.mu.Lock()
	said := slices.Clone(heard.all)
	heard.mu.Unlock()
	subjects := []string{"routr.fleet.announce", "routr.fleet.ask." + boot, "routr.fleet.ask." + boot + ".x"}
	question := []byte(`{"method":"GET","path":"/decisions"}`)
	texts := [][]byte{nil, []byte("{}"), bytes.Repeat([]byte("x"), 900_000), question}
	for _, m := range said {
		texts = append(texts, m.Data)
	}
	for range 20 {
		for _, subject := range subjects {
			for _, text := range texts {
				if err := heard.conn.PublishRequest(subject, "somebody", text); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := heard.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	stranger := startReplica(t, "stranger", addr, peertest.Start(t, peertest.Echo()).Addr,
		"DISPATCHER_ADMIN_TOKEN=another-token")
	stranger.send("by itself")
	peertest.Eventually(t, "they are dropped", func() bool {
		if err := heard.conn.Publish(subjects[0], question); err != nil {
			t.Fatal(err)
		}
		return one.fleet().Dropped > 100
	})
	if n := len(one.fleet().Replicas); n != 3 {
		t.Errorf("%d replicas are known", n)
	}

	for i := range 3 { // with the token
		f, err := bus.NewFleet(bus.FleetOptions{
			Server: bus.Server{URL: "nats://" + addr}, Token: func() string { return token },
			Self: func() bus.State {
				s := bus.State{
					Name: strings.Repeat("\x1b[2J<b>\n", 100), BootID: "aaaaaaaa", Hash: strings.Repeat("0", 64),
				}
				switch {
				case i == 0:
					s.BootID = "*.>"
				case i == 1:
					s.Version = strings.Repeat("v", 100_000)
				}
				return s
			},
			Answer: func(context.Context, bus.Question) bus.Reply { return bus.Reply{Status: 200, Body: []byte("{")} },
			Log:    slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		f.Start()
		t.Cleanup(f.Close)
	}
	peertest.Eventually(t, "what looks like a replica is one more", func() bool {
		return len(one.fleet().Replicas) == 4
	})
	for _, r := range all {
		r.send("still routed")
	}
	var l list
	one.get("/decisions?scope=fleet", &l)
	if len(l.Decisions) == 0 || len(l.Unanswered) != 1 || !strings.Contains(l.Unanswered[0].Why, "can't be read") {
		t.Errorf("%+v", l)
	}
	for _, r := range one.fleet().Replicas {
		if len(r.Name) > 2000 || strings.ContainsAny(r.Name, "\x1b\n") {
			t.Errorf("a replica is called %q", r.Name)
		}
	}
}

// TestAServerThatIsSlowOrDeadHoldsNothing starts, routes and stops while nobody answers at the server's address, and
// while the server goes away and comes back.
func TestAServerThatIsSlowOrDeadHoldsNothing(t *testing.T) {
	processor := peertest.Start(t, peertest.Echo())
	for name, addr := range map[string]string{
		"a black hole": peertest.BlackHole(t), "nobody": peertest.Refusing(t),
	} {
		t.Run(name, func(t *testing.T) {
			r := startReplica(t, "alone", addr, processor.Addr)
			for i := range 20 {
				r.send(fmt.Sprint("call-", i))
			}
			var l list
			r.get("/decisions?scope=fleet", &l)
			if f := r.fleet(); f.Connected || len(f.Replicas) != 1 || len(l.Decisions) != 20 {
				t.Errorf("%+v, %d decisions", f, len(l.Decisions))
			}
			if code := r.stop(syscall.SIGTERM); code != 0 {
				t.Errorf("it ended with %d", code)
			}
		})
	}
	t.Run("a server that goes and comes back", func(t *testing.T) {
		addr := peertest.FreeAddr(t)
		s := natsServer(t, addr)
		all := three(t, addr)
		s.Shutdown()
		s.WaitForShutdown()
		for _, r := range all {
			r.send("while it is gone")
			peertest.Eventually(t, "it knows", func() bool { return !r.fleet().Connected })
		}
		natsServer(t, addr)
		for _, r := range all {
			peertest.Eventually(t, "it is back", func() bool {
				var l list
				r.get("/decisions?scope=fleet", &l)
				return len(l.Decisions) == 3 && len(l.Unanswered) == 0
			})
		}
	})
}
