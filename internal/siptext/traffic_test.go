package siptext

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// TestRealTrafficIsThatOfAnEdgePort reads what SIPp, pjsua and other user agents sent to an EdgePort, requests and
// answers, and compares the whole of what the EdgePort sent on.
func TestRealTrafficIsThatOfAnEdgePort(t *testing.T) {
	all := readLines[struct {
		Name, Transport, SIP string
		Protobuf             []byte
	}](t, "testdata/traffic.jsonl.gz")
	if len(all) != 167 {
		t.Fatalf("%d texts", len(all))
	}
	for _, c := range all {
		want := &routrpb.MessageRequest{}
		if err := proto.Unmarshal(c.Protobuf, want); err != nil {
			t.Fatal(err)
		}
		got := mustRead(t, c.SIP, sentTo(want, c.Transport))
		if got.Outcome != Converted {
			t.Errorf("%s: %s: %s\n%s", c.Name, got.Outcome, got.Reason, c.SIP)
			continue
		}
		compare(t, c.SIP, &routrpb.MessageRequest{}, c.Protobuf, got.Request)
	}
}

// sentTo tells of a request what its text doesn't: how the EdgePort was configured, and where the text came from.
func sentTo(req *routrpb.MessageRequest, transport string) Options {
	opts := Options{
		Transport: transport, EdgePortRef: req.EdgePortRef, ListeningPoints: req.ListeningPoints,
		ExternalAddrs: req.ExternalAddrs,
		Localnets:     req.Localnets, SourceHost: req.Sender.Host, SourcePort: req.Sender.Port,
	}
	if top := req.Message.Via[0]; req.Message.GetRequestUri() != nil {
		opts.SourcePort = max(top.RPort, 0)
		if top.Received != "" {
			opts.SourceHost = top.Received
		}
	}
	return opts
}
