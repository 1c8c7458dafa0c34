package routing

import (
	"fmt"
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// tenants is a table of n rules, one domain each, the last of which takes the benchmark's message.
func tenants(b testing.TB, n int, format string) *Table {
	rules := make([]Rule, n)
	for i := range rules {
		source := fmt.Sprintf(format, fmt.Sprintf("tenant-%d.example.com", i))
		fn, err := matchfunc.Compile(source, matchfunc.Options{})
		if err != nil {
			b.Fatal(err)
		}
		rules[i] = Rule{Ref: fmt.Sprint(i), Methods: []message.Method{1, 2, 3, 7, 8, 9}, Func: fn}
	}
	return New(rules, Options{})
}

func invite(host string) *routrpb.MessageRequest {
	return &routrpb.MessageRequest{
		Ref: "call-1", Method: 2, EdgePortRef: "edgeport-01",
		Sender: &routrpb.NetInterface{Host: "10.0.0.9", Port: 5060},
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: host}},
			From:        &routrpb.From{Address: &routrpb.Address{Uri: &routrpb.SipURI{User: "alice", Host: host}}},
			To:          &routrpb.To{Address: &routrpb.Address{Uri: &routrpb.SipURI{User: "bob", Host: host}}},
			Body:        string(make([]byte, 600)),
		},
	}
}

func BenchmarkTable(b *testing.B) {
	for name, format := range map[string]string{
		"one domain each":  `req => req.message.from.address.uri.host === "%s"`,
		"can't be indexed": `req => req.message.from.address.uri.host.endsWith("%s")`,
	} {
		for _, n := range []int{10, 10_000} {
			b.Run(fmt.Sprintf("%s/%d rules", name, n), func(b *testing.B) {
				table := tenants(b, n, format)
				data := request(b, invite(fmt.Sprintf("tenant-%d.example.com", n-1))).Bytes()
				var req message.Request
				b.ReportAllocs()
				for b.Loop() {
					req.Reset(data)
					if i, err := table.Match(b.Context(), &req, nil); err != nil || i != n-1 {
						b.Fatal(i, err)
					}
				}
			})
		}
	}
}

func BenchmarkLoad10000Rules(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		tenants(b, 10_000, `req => req.message.from.address.uri.host === "%s"`)
	}
}
