package dispatch

import (
	"context"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// BenchmarkProcess leads messages through a Dispatcher whose stops are one real peer. What the peer and gRPC allocate
// is in it.
func BenchmarkProcess(b *testing.B) {
	answer := wire(&routrpb.MessageResponse{Message: sipRequest(), Metadata: map[string]string{"k": "v"}})()
	peer := peertest.Start(b, func(context.Context, []byte) ([]byte, error) { return answer, nil })
	for name, middlewares := range map[string]int{"processor": 0, "processor and two middlewares": 1} {
		b.Run(name, func(b *testing.B) {
			to, err := newPool().Get(backend.Options{
				Role: backend.Processor, Ref: "p", MaxMessageBytes: 1 << 20, Timeout: time.Minute,
				Addrs: []backend.Address{{Target: peer.Addr}},
			})
			if err != nil {
				b.Fatal(err)
			}
			defer to.Close()
			table := routing.New([]routing.Rule{rule(b, stop{ref: "p"})}, routing.Options{})
			p := Params{Processors: []*backend.Backend{to}, Table: table}
			for range middlewares {
				p.Pre, p.Post = append(p.Pre, Middleware{Backend: to}), append(p.Post, Middleware{Backend: to})
			}
			s := newService(b, New(p))
			data := wire(call(routrpb.Method_INVITE))()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Process(b.Context(), data, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
