package fleet

import (
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// The names by which the parts of the fleet find each other. Each has the addresses of those that are ready, as a
// headless service of Kubernetes has.
const (
	dispatchers = "dispatchers.fleet.test."
	processors  = "processors.fleet.test."
)

// names is an authoritative name server. Answers may not be kept, and begin with another address each time.
type names struct {
	mu    sync.Mutex
	addrs map[string][]string
	asked map[string]int
}

func startNames(t *testing.T, addr string) *names {
	t.Helper()
	n := &names{addrs: map[string][]string{}, asked: map[string]int{}}
	for _, network := range []string{"udp", "tcp"} {
		up := make(chan struct{})
		s := &dns.Server{
			Addr: addr, Net: network, Handler: dns.HandlerFunc(n.answer), NotifyStartedFunc: func() { close(up) },
		}
		failed := make(chan error, 1)
		go func() { failed <- s.ListenAndServe() }()
		select {
		case <-up:
		case err := <-failed:
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Shutdown(); err != nil {
				t.Error(err)
			}
			<-failed
		})
	}
	return n
}

func (n *names) answer(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative = true
	n.mu.Lock()
	name := q.Question[0].Name
	addrs, known := n.addrs[name]
	if !known {
		m.Rcode = dns.RcodeNameError
	} else if q.Question[0].Qtype == dns.TypeA {
		n.asked[name]++
		for i := range addrs {
			m.Answer = append(m.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeA, Class: dns.ClassINET},
				A:   net.ParseIP(addrs[(i+n.asked[name])%len(addrs)]),
			})
		}
	}
	n.mu.Unlock()
	_ = w.WriteMsg(m) // who asked is gone
}

// add lists an address, as a readiness probe that succeeds does.
func (n *names) add(name, ip string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addrs[name] = append(n.addrs[name], ip)
}

// remove takes it off the list.
func (n *names) remove(name, ip string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addrs[name] = slices.DeleteFunc(slices.Clone(n.addrs[name]), func(a string) bool { return a == ip })
}
