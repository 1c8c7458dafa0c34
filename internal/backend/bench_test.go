package backend

import (
	"context"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func BenchmarkCall(b *testing.B) {
	for name, n := range map[string]int{"one instance": 1, "three instances": 3} {
		b.Run(name, func(b *testing.B) {
			var list []Address
			for range n {
				list = append(list, Address{
					Target: peertest.Start(b, func(_ context.Context, data []byte) ([]byte, error) {
						return data, nil
					}).Addr,
				})
			}
			backend := newFleetOf(b, list)
			req := request(b, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6@sip.local")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := backend.ask(b.Context(), req, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
