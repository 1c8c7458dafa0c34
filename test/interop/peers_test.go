//go:build interop

package interop

import (
	"encoding/json"
	"slices"
	"testing"
)

// peer is one processor or middleware to host. Name is also its ref.
type peer struct {
	Name string `json:"name"`
	// Kind is "routr" for a peer made with @routr/processor, "raw", "extended" and
	// "aging" for those of peers/plain.js.
	Kind string `json:"kind"`
	// Does names a behaviour of peers/behaviours.js, With is its argument.
	Does string `json:"does,omitempty"`
	With any    `json:"with,omitempty"`
}

// routr is a peer made with @routr/processor.
func routr(name, does string) peer {
	return peer{Name: name, Kind: "routr", Does: does}
}

// event is a report of peers/host.js.
type event struct {
	Event string
	Peer  string
	// Addr is the address of a peer that is ready.
	Addr string
	// Request is what a call brought, in JSON as the peer saw it; a raw peer has Bytes.
	Request    map[string]any
	Bytes      []byte
	Metadata   map[string][]string
	TimeLeftMS *float64
	// Ref is the request's of a cancelled call.
	Ref string
	// Counts are the calls that aging peers got, by ref.
	Counts map[string]int
	// ID is the mark's.
	ID int
}

// peers is the process that hosts a test's processors and middlewares.
type peers struct {
	*node
	addrs map[string]string
	calls []event
	marks int
}

// startPeers starts them and waits until each of them listens.
func startPeers(t *testing.T, all ...peer) *peers {
	t.Helper()
	list, err := json.Marshal(all)
	if err != nil {
		t.Fatalf("encode the list of peers: %v", err)
	}
	p := &peers{node: startNode(t, "host.js", string(list)), addrs: map[string]string{}}
	for len(p.addrs) < len(all) {
		ready := p.await(t, "ready")
		p.addrs[ready.Peer] = ready.Addr
	}
	return p
}

// await returns the next event of a kind. It remembers the calls it comes across.
func (p *peers) await(t *testing.T, kind string) event {
	t.Helper()
	for {
		var e event
		p.report(t, &e)
		if e.Event == "call" {
			p.calls = append(p.calls, e)
		}
		if e.Event == kind {
			return e
		}
	}
}

// seen returns every call the peers have got until now, in order.
func (p *peers) seen(t *testing.T) []event {
	t.Helper()
	p.marks++
	p.command(t, map[string]int{"mark": p.marks})
	for p.await(t, "mark").ID != p.marks {
	}
	return p.calls
}

// order returns whose calls the peers have got until now.
func (p *peers) order(t *testing.T) []string {
	t.Helper()
	names := []string{}
	for _, call := range p.seen(t) {
		names = append(names, call.Peer)
	}
	return names
}

// only returns the one call that a peer has got.
func (p *peers) only(t *testing.T, name string) event {
	t.Helper()
	calls := slices.DeleteFunc(slices.Clone(p.seen(t)), func(e event) bool { return e.Peer != name })
	if len(calls) != 1 {
		t.Fatalf("%s was called %d times, want once", name, len(calls))
	}
	return calls[0]
}

// release lets every answer go that a peer holds.
func (p *peers) release(t *testing.T) {
	t.Helper()
	p.command(t, map[string]bool{"release": true})
}
