package matchfunc

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// invite is an INVITE from alice@sip.example.com to bob@sip.local, without Contact.
func invite(t testing.TB) *message.Request {
	t.Helper()
	uri := func(user, host string) *routrpb.Address {
		return &routrpb.Address{Uri: &routrpb.SipURI{User: user, Host: host}}
	}
	wire, err := proto.Marshal(&routrpb.MessageRequest{
		Ref: "r1", Method: routrpb.Method_INVITE, Sender: &routrpb.NetInterface{Host: "10.0.0.1", Port: 5060},
		Metadata: map[string]string{"tenant": "acme"},
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: uri("bob", "sip.local").Uri},
			From:        &routrpb.From{Address: uri("alice", "SIP.example.com"), Tag: "x"},
			To:          &routrpb.To{Address: uri("bob", "sip.local")},
			CallId:      &routrpb.CallID{CallId: "a@b"}, Via: []*routrpb.Via{{Host: "h", Port: 5060}},
			Extensions: []*routrpb.Extension{{Name: "Allow", Value: "ACK"}, {Name: "User-Agent", Value: "Zoiper <5>"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

var update = flag.Bool("update", false, "write what is expected anew")

// TestASentenceSaysWhy explains the rules of testdata/because.txt: a line each for the rule, whether it matched and
// why, how many parts stand between it and a match, and the parts that made the outcome.
func TestASentenceSaysWhy(t *testing.T) {
	const path = "testdata/because.txt"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	req := invite(t)
	var written []string
	for _, block := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		text, _, _ := strings.Cut(block, "\n")
		got := because(t, text, req)
		written = append(written, got)
		if *update {
			continue
		}
		if diff := cmp.Diff(block, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if other := inEngine(t, text).Explain(req); other.Err == nil {
			if want := strings.Split(got, "\n")[1]; !strings.Contains(want, other.Because) {
				t.Errorf("%s in the engine: %s, want %s", text, other.Because, want)
			}
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(written, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// because writes down what came of a rule, and checks that its operands form a tree.
func because(t *testing.T, text string, req *message.Request) string {
	t.Helper()
	fn, err := Compile(text, Options{Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	x := fn.Explain(req)
	out := fmt.Sprintf("%s\n%t: %s\nflips: %d", text, x.Matched, x.Because, x.Flips)
	for i, o := range x.Operands {
		outer := o
		if o.Parent >= 0 {
			outer = x.Operands[o.Parent]
		}
		if o.Parent >= i || outer.From.Offset > o.From.Offset || outer.To.Offset < o.To.Offset {
			t.Errorf("%s: operand %d is a part of %d", text, i, o.Parent)
		}
		if o.Decisive {
			out += fmt.Sprintf("\ndecided by %s %s", o.Op, o.Text)
		}
	}
	return out
}
