package siptext

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// Options is what an EdgePort knows and the text of a message doesn't tell: how it came, and the EdgePort's own
// configuration. A field left zero takes its default; a list that is empty but not nil stays empty. Read only reads it;
// its strings have to be valid UTF-8.
type Options struct {
	// Transport is how the message came: UDP, TCP, TLS, SCTP, WS or WSS. Default: what the top Via says.
	Transport string
	// SourceHost and SourcePort are where it came from. With them a request's top Via gets received and rport, as the
	// EdgePort's stack writes them, and an answer's sender is known. Default: the Via stays as it is, and an answer
	// came from 127.0.0.1 and 5060.
	SourceHost string
	SourcePort int32
	// EdgePortRef is the EdgePort's ref. Default: edgeport-01.
	EdgePortRef string
	// ListeningPoints are the EdgePort's own addresses. Default: 0.0.0.0:5060 over UDP and TCP.
	ListeningPoints []*routrpb.NetInterface
	// ExternalAddrs are the addresses the EdgePort is known by outside. Default: none.
	ExternalAddrs []string
	// Localnets are the networks that need no external address, in CIDR notation. Default: the
	// loopback and private networks of IPv4.
	Localnets []string
	// Now is the EdgePort's clock, which it asks for the month of a Date that has none. Default: time.Now.
	Now func() time.Time
}

// transport is a transport in upper case.
type transport string

// stream reports whether the transport hands over bytes without the bounds of messages, as the stack takes it: a
// WebSocket's frames too.
func (t transport) stream() bool { return t != "" && t != "UDP" }

// CheckTransport returns an error that names the transports where there is none of that name.
func CheckTransport(name string) error {
	if _, ok := routrpb.Transport_value[strings.ToUpper(name)]; name != "" && !ok {
		return fmt.Errorf("the transport %s isn't known; there are UDP, TCP, TLS, SCTP, WS and WSS", quoted(name))
	}
	return nil
}

// withDefaults returns o with what its configuration lacks.
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
	return o
}

// wrap puts a converted message into the EdgePort's envelope. Nothing of o is shared with the result.
func (o Options) wrap(m *message) *routrpb.MessageRequest {
	o = o.withDefaults()
	req := &routrpb.MessageRequest{
		Ref:           m.msg.GetCallId().GetCallId(),
		EdgePortRef:   o.EdgePortRef,
		Method:        routrpb.Method(routrpb.Method_value[m.methodName()]),
		Sender:        m.sender(o),
		ExternalAddrs: slices.Clone(o.ExternalAddrs),
		Localnets:     slices.Clone(o.Localnets),
		Message:       m.msg,
	}
	for _, p := range o.ListeningPoints {
		req.ListeningPoints = append(req.ListeningPoints, proto.CloneOf(p))
	}
	return req
}

// methodName is the message's method in upper case.
func (m *message) methodName() string {
	if m.request {
		return strings.ToUpper(m.method)
	}
	return strings.ToUpper(m.cseq)
}

// sender is where the message came from: for a request as its top Via has it, whatever the network says.
func (m *message) sender(o Options) *routrpb.NetInterface {
	var top *routrpb.Via
	if len(m.msg.Via) > 0 {
		top = m.msg.Via[0]
	}
	sender := &routrpb.NetInterface{
		Host: top.GetHost(), Port: top.GetPort(),
		Transport: routrpb.Transport(routrpb.Transport_value[strings.ToUpper(top.GetTransport())]),
	}
	if m.request {
		return sender
	}
	if sender.Host, sender.Port = javaAddress(o.SourceHost), o.SourcePort; sender.Host == "" {
		sender.Host = "127.0.0.1"
	}
	if sender.Port == 0 {
		sender.Port = 5060
	}
	return sender
}
