package relay

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// TestManyCallsAtOnceAreServedAlike sends messages and all else that the port serves at the same time, on several
// connections.
func TestManyCallsAtOnceAreServedAlike(t *testing.T) {
	const connections, each = 8, 250
	n := startNetwork(t)
	requests := slices.DeleteFunc(traffic(t), func(r []byte) bool { return len(r) > 8<<10 }) // large ones wait
	random := rand.New(rand.NewPCG(3, 4))
	batches := make([][]call, connections)
	for c := range batches {
		for i := range each {
			name := fmt.Sprintf("%d of connection %d", i, c)
			var one call
			switch random.IntN(12) {
			case 0:
				one = call{ends: true, fields: []string{":method", "GET", ":scheme", "http", ":path", "/healthz",
					":authority", "x"}}
			case 1:
				one = call{fields: grpcHeader("/grpc.health.v1.Health/Check"), body: enveloped(0, nil)}
			case 2:
				one = process("", doing(name, "real", "code:5:nobody"))
			case 3:
				one = process("", doing(name, "odd", "trailers only"))
			case 4:
				one = process("", doing(name, "nobody", ""))
			case 5:
				one = process("", doing(name, "real", "long:60000"))
			case 6:
				one = call{body: invite(name), fields: changed(grpcHeader(procedure), "content-type",
					"application/proto")}
			case 7:
				one = process("", nil, "grpc-encoding", "gzip")
				one.body = enveloped(1, zipped(invite(name)))
			default:
				one = process("", alone(requests[random.IntN(len(requests))], name))
			}
			one.name, one.size = name, 1+random.IntN(2000)
			batches[c] = append(batches[c], one)
		}
	}
	compare(t, n, n.spec(t), func(t *testing.T, s *side) map[string]string {
		var mu sync.Mutex
		var wait sync.WaitGroup
		answers := map[string]string{}
		for _, batch := range batches {
			w := dial(t, s.addr)
			wait.Go(func() {
				defer w.Close()
				got := map[string]string{}
				ids := map[uint32]string{}
				for _, c := range batch {
					ids[w.begin(t, c)] = c.name
				}
				for id, name := range ids {
					got[name] = w.await(id).String()
				}
				if w.err != nil {
					t.Errorf("relay %s: a connection ended: %v", s.relay, w.err)
				}
				mu.Lock()
				defer mu.Unlock()
				for name, answer := range got {
					answers[name] = answer
				}
			})
		}
		wait.Wait()
		for name, answer := range answers {
			if !strings.HasSuffix(answer, "stream") {
				t.Errorf("relay %s: %s ended with %s", s.relay, name, answer)
			}
		}
		return answers
	})
}

// alone gives a request another Call-ID, so that it is nobody's retransmission: parts of a message that comes in parts
// are merged.
func alone(request []byte, callID string) []byte {
	field := func(number protowire.Number, data []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), data)
	}
	return append(append([]byte(nil), request...), field(8, field(6, field(1, []byte(callID))))...)
}
