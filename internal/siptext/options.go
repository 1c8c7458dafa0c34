package siptext

import (
	"slices"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"google.golang.org/protobuf/proto"
)

// Options is what an EdgePort knows and the text of a message doesn't tell: its own configuration,
// and where a response came from. A field left zero takes its default; a list that is empty but
// not nil stays empty. Parse only reads it;
// its strings have to be valid UTF-8.
type Options struct {
	// EdgePortRef is the EdgePort's ref. Default: edgeport-01.
	EdgePortRef string
	// ListeningPoints are the EdgePort's own addresses. Default: 0.0.0.0:5060 over UDP and TCP.
	ListeningPoints []*routrpb.NetInterface
	// ExternalAddrs are the addresses the EdgePort is known by outside. Default: none.
	ExternalAddrs []string
	// Localnets are the networks that need no external address, in CIDR notation. Default: the
	// loopback and private networks of IPv4.
	Localnets []string
	// ResponseHost and ResponsePort are where a response came from, which only the network can
	// tell. A request's sender is read from its top Via. Default: 127.0.0.1 and 5060.
	ResponseHost string
	ResponsePort int32
}

// withDefaults returns o with every field set.
func (o Options) withDefaults() Options {
	if o.EdgePortRef == "" {
		o.EdgePortRef = "edgeport-01"
	}
	if o.ListeningPoints == nil {
		o.ListeningPoints = []*routrpb.NetInterface{
			{Host: "0.0.0.0", Port: 5060, Transport: routrpb.Transport_UDP},
			{Host: "0.0.0.0", Port: 5060, Transport: routrpb.Transport_TCP},
		}
	}
	if o.Localnets == nil {
		o.Localnets = []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}
	}
	if o.ResponseHost == "" {
		o.ResponseHost = "127.0.0.1"
	}
	if o.ResponsePort == 0 {
		o.ResponsePort = 5060
	}
	return o
}

// request wraps a converted message as the EdgePort does. Nothing of o is shared with the result.
func (o Options) request(c *conversion, sender *routrpb.NetInterface) *routrpb.MessageRequest {
	o = o.withDefaults()
	req := &routrpb.MessageRequest{
		Ref:           c.msg.GetCallId().GetCallId(),
		EdgePortRef:   o.EdgePortRef,
		Method:        c.method,
		Sender:        sender,
		ExternalAddrs: slices.Clone(o.ExternalAddrs),
		Localnets:     slices.Clone(o.Localnets),
		Message:       c.msg,
	}
	for _, p := range o.ListeningPoints {
		req.ListeningPoints = append(req.ListeningPoints, proto.CloneOf(p))
	}
	return req
}
