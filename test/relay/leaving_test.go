package relay

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// await waits for something on a channel.
func await(t *testing.T, what string, from <-chan struct{}) {
	t.Helper()
	select {
	case <-from:
	case <-time.After(patience):
		t.Fatalf("never happened: %s", what)
	}
}

// recordedOf waits until the records that hold a text are n.
func (s *side) recordedOf(t *testing.T, text string, n int) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		found := 0
		for _, d := range s.recorded(t) {
			if strings.Contains(d.text, text) {
				found++
			}
		}
		if found >= n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("relay %s: %d records hold %q, want %d", s.relay, found, text, n)
		}
	}
}

// TestCallersLeaveAlike has callers go away in every way while a processor works, and a middleware.
func TestCallersLeaveAlike(t *testing.T) {
	n := startNetwork(t)
	leave := map[string]func(w *wire, id uint32){
		"RST_STREAM CANCEL": func(w *wire, id uint32) {
			w.wrote(w.framer.WriteRSTStream(id, http2.ErrCodeCancel))
		},
		"RST_STREAM NO_ERROR": func(w *wire, id uint32) { w.wrote(w.framer.WriteRSTStream(id, http2.ErrCodeNo)) },
		"RST_STREAM INTERNAL_ERROR": func(w *wire, id uint32) {
			w.wrote(w.framer.WriteRSTStream(id, http2.ErrCodeInternal))
		},
		"the connection's end": func(w *wire, _ uint32) { w.Close() },
		"a protocol error":     func(w *wire, _ uint32) { w.wrote(w.framer.WriteData(0, false, []byte("x"))) },
	}
	compare(t, n, n.spec(t, n.middlewares()), func(t *testing.T, s *side) map[string]string {
		answers := map[string]string{}
		for _, at := range []string{"do", "pre", "post"} {
			peer := map[string]*grpcPeer{"do": n.peer, "pre": n.pre, "post": n.post}[at]
			for how, leaves := range leave {
				name := fmt.Sprintf("%s at %s", how, at)
				gate := peer.newGate(name)
				w := dial(t, s.addr)
				id := w.begin(t, process(name, with(invite(name), at, "gate:"+name)))
				await(t, name+" gets there", gate.reached)
				leaves(w, id)
				await(t, name+" is given up", gate.left)
				s.recordedOf(t, name, 1)
				if w.err == nil && !w.leaves { // another call gets through, if the connection lives
					answers[name] = w.make(t, process("after "+name, invite("after "+name))).End
				}
				w.Close()
			}
		}
		return answers
	})
}

// TestRequestsGivenUpHalfwayAreNone has callers go away before their request is whole.
func TestRequestsGivenUpHalfwayAreNone(t *testing.T) {
	n := startNetwork(t)
	compare(t, n, n.spec(t), func(t *testing.T, s *side) map[string]string {
		answers := map[string]string{}
		for _, sent := range []int{0, 1, 5, 50} {
			w := dial(t, s.addr)
			id := w.open(t, false, grpcHeader(procedure)...)
			w.data(id, false, enveloped(0, invite("half"))[:sent], 100)
			w.wrote(w.framer.WriteRSTStream(id, http2.ErrCodeCancel))
			name := fmt.Sprint("after ", sent)
			answers[name] = w.make(t, process(name, invite(name))).String()
			w.Close()
		}
		return answers
	})
}

// TestRetransmissionsShareAlike sends a request again while the first is in flight.
func TestRetransmissionsShareAlike(t *testing.T) {
	n := startNetwork(t)
	var results [][]string
	for _, relay := range []string{config.RelayOff, config.RelayAuto} {
		// One that comes too late to share the answer is another message; then all are sent anew.
		for attempt := 0; ; attempt++ {
			all := serve(t, relay, n.spec(t)).again(t, n)
			if strings.Count(strings.Join(all, ""), `"shared":true`) == 3 {
				results = append(results, all)
				break
			}
			if attempt == 50 {
				t.Fatalf("relay %s: no retransmission ever shares the answer: %q", relay, all)
			}
		}
	}
	if diff := cmp.Diff(results[0], results[1]); diff != "" {
		t.Errorf("- is the ordinary way's:\n%s", diff)
	}
}

// again sends a request four times, and returns what its callers got, what was recorded and what the processor saw.
func (s *side) again(t *testing.T, n *network) (all []string) {
	t.Helper()
	defer s.stop()
	w := dial(t, s.addr)
	defer w.Close()
	gate := n.peer.newGate("again")
	request := process("", with(invite("again"), "do", "gate:again"))
	ids := []uint32{w.begin(t, request)}
	await(t, "the first gets there", gate.reached)
	for range 3 {
		ids = append(ids, w.begin(t, request))
	}
	for range 20 { // others, so that these got in
		w.make(t, process("", invite("between")))
	}
	close(gate.open)
	for _, id := range ids {
		all = append(all, w.await(id).String())
	}
	for _, d := range s.decisions(t, 24) {
		all = append(all, d.text)
	}
	return append(all, n.saw()...)
}
