package native

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// invite is an INVITE of about 1.2 kB as an EdgePort sends it.
func invite(t testing.TB) ([]byte, *routrpb.MessageRequest) {
	t.Helper()
	address := func(user, host string) *routrpb.Address {
		return &routrpb.Address{Uri: &routrpb.SipURI{User: user, Host: host, Port: -1, TtlParam: -1},
			DisplayName: "Alice A"}
	}
	ext := func(name, value string) *routrpb.Extension { return &routrpb.Extension{Name: name, Value: value} }
	point := func(port int32, transport int32) *routrpb.NetInterface {
		return &routrpb.NetInterface{Host: "10.100.42.127", Port: port, Transport: routrpb.Transport(transport)}
	}
	m := &routrpb.MessageRequest{
		Ref: "AynhXaFtbdXwHrUEzt_rUQ..", EdgePortRef: "edgeport-01", Method: routrpb.Method_INVITE,
		Sender:          point(36214, 1),
		ListeningPoints: []*routrpb.NetInterface{point(5060, 0), point(5060, 1), point(5062, 4)},
		ExternalAddrs:   []string{"200.22.21.42"},
		Localnets:       []string{"10.100.42.0/24"},
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: address("1001", "sip.local").Uri},
			From:        &routrpb.From{Address: address("alice", "sip.local"), Tag: "9fxced76sl"},
			To:          &routrpb.To{Address: address("1001", "sip.local")},
			Contact:     &routrpb.Contact{Address: address("alice", "192.168.1.100"), Expires: -1, QValue: -1},
			CallId:      &routrpb.CallID{CallId: "AynhXaFtbdXwHrUEzt_rUQ.."},
			ContentLength: &routrpb.ContentLength{
				ContentLength: 480,
			},
			MaxForwards: &routrpb.MaxForwards{MaxForwards: 70},
			Extensions: []*routrpb.Extension{
				ext("CSeq", "1 INVITE"), ext("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS"),
				ext("Content-Type", "application/sdp"),
				ext("Supported", "replaces, 100rel"), ext("User-Agent", "Zoiper rv2.10.18.6"),
				ext("Allow-Events", "presence, kpml, talk"),
			},
			Via: []*routrpb.Via{{Host: "192.168.1.100", Port: 36214, Branch: "z9hG4bK-524287-1", Transport: "TCP",
				RPortFlag: true}},
		},
	}
	m.Message.Body = strings.Repeat("a=rtpmap:101 telephone-event/8000\r\n", 16)[:480]
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return wire, m
}

// The same conditions in JavaScript, and as somebody would write them in Go for a message that is decoded already.
var benchmarks = []struct {
	name, rule string
	hand       func(*routrpb.MessageRequest) bool
}{
	{"true", `req => true`, func(*routrpb.MessageRequest) bool { return true }},
	{"method", `req => req.method === "MESSAGE"`, func(m *routrpb.MessageRequest) bool {
		return m.GetMethod() == routrpb.Method_MESSAGE
	}},
	{"method and user", `req => req.method === "INVITE" && req.message.from.address.uri.user === "alice"`,
		func(m *routrpb.MessageRequest) bool {
			return m.GetMethod() == routrpb.Method_INVITE &&
				m.GetMessage().GetFrom().GetAddress().GetUri().GetUser() == "alice"
		}},
	{"user agent", `req => req.message.extensions.find(e => e.name === "User-Agent" && e.value.includes("Zoiper"))`,
		func(m *routrpb.MessageRequest) bool {
			for _, e := range m.GetMessage().GetExtensions() {
				if e.GetName() == "User-Agent" && strings.Contains(e.GetValue(), "Zoiper") {
					return true
				}
			}
			return false
		}},
	{"domain", `({ message: { from, requestUri } }) => from.address.uri.host.endsWith(".local") || requestUri?.host === "sip.local"`,
		func(m *routrpb.MessageRequest) bool {
			return strings.HasSuffix(m.GetMessage().GetFrom().GetAddress().GetUri().GetHost(), ".local") ||
				m.GetMessage().GetRequestUri().GetHost() == "sip.local"
		}},
	{"regexp", `req => /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)\./.test(req.sender.host)`,
		func(m *routrpb.MessageRequest) bool {
			h := m.GetSender().GetHost()
			return strings.HasPrefix(h, "10.") || strings.HasPrefix(h, "192.168.") // a little less than the rule
		}},
	{"split", `req => { const [a, b] = req.sender.host.split("."); return a === "10" && b >= 100 }`,
		func(m *routrpb.MessageRequest) bool {
			parts := strings.Split(m.GetSender().GetHost(), ".")
			return parts[0] == "10" && parts[1] >= "100"
		}},
}

func mustCompile(t testing.TB, rule string) *Program {
	t.Helper()
	src, err := source.Parse(rule)
	if err != nil {
		t.Fatal(err)
	}
	p, outside := Compile(src)
	if outside != nil {
		t.Fatalf("%s\n%v", rule, outside)
	}
	return p
}

var sink bool

// run measures do. CPU time says more than time passed on a machine that others use as well.
func run(b *testing.B, do func()) {
	b.ReportAllocs()
	start := cpuTime(b)
	for b.Loop() {
		do()
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMatch runs rules over an INVITE that nobody has looked at yet, so that finding its fields is included.
func BenchmarkMatch(b *testing.B) {
	wire, _ := invite(b)
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			p := mustCompile(b, bm.rule)
			r := parse(b, wire)
			run(b, func() {
				r.Reset(wire)
				sink, _ = p.Match(r, nil)
			})
		})
	}
}

// BenchmarkMatchAgain is BenchmarkMatch on a message whose fields an earlier rule has found.
func BenchmarkMatchAgain(b *testing.B) {
	wire, _ := invite(b)
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			p := mustCompile(b, bm.rule)
			r := parse(b, wire)
			run(b, func() { sink, _ = p.Match(r, nil) })
		})
	}
}

// BenchmarkByHand is the same in Go on the generated struct, decoded beforehand.
func BenchmarkByHand(b *testing.B) {
	_, m := invite(b)
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			run(b, func() { sink = bm.hand(m) })
		})
	}
}

func TestRulesAndTheSameByHandAgree(t *testing.T) {
	wire, m := invite(t)
	if len(wire) < 1150 || len(wire) > 1250 {
		t.Errorf("the INVITE has %d bytes, want about 1.2 kB", len(wire))
	}
	for _, bm := range benchmarks {
		t.Run(bm.name, func(t *testing.T) {
			got, err := mustCompile(t, bm.rule).Match(parse(t, wire), nil)
			if want := bm.hand(m); got != want || err != nil {
				t.Errorf("the rule gives %t (%v), by hand %t", got, err, want)
			}
		})
	}
}

func TestTheSimpleRulesAllocateNothing(t *testing.T) {
	wire, _ := invite(t)
	r := parse(t, wire)
	for _, bm := range benchmarks[:5] {
		p := mustCompile(t, bm.rule)
		if n := testing.AllocsPerRun(100, func() {
			r.Reset(wire)
			sink, _ = p.Match(r, nil)
		}); n != 0 {
			t.Errorf("%s: %v allocations", bm.rule, n)
		}
	}
}
