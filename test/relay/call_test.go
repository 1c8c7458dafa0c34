package relay

import (
	"encoding/binary"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

const procedure = "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage"

// call is one request, as its bytes.
type call struct {
	name   string
	fields []string // of the header, after each other
	body   []byte
	ends   bool // with its header
	size   int  // of its DATA frames; 0 for as large as goes
	fresh  bool // on a connection of its own, which it may end
}

// maxMessage is spec.maxMessageBytes of both sides.
const maxMessage = 64 << 10

// grpcHeader is what every gRPC client sends, with more.
func grpcHeader(path string, more ...string) []string {
	return append([]string{
		":method", "POST", ":scheme", "http", ":path", path, ":authority", "dispatcher:51901",
		"content-type", "application/grpc", "te", "trailers", "user-agent", "edgeport/2.0",
	}, more...)
}

// enveloped is a message with its length before it.
func enveloped(flag byte, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(data))), data...)
}

// process is a call of ProcessMessage.
func process(name string, request []byte, more ...string) call {
	return call{name: name, fields: grpcHeader(procedure, more...), body: enveloped(0, request)}
}

// with appends an entry to the metadata of a MessageRequest.
func with(request []byte, key, value string) []byte {
	entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), key)
	entry = protowire.AppendString(protowire.AppendTag(entry, 2, protowire.BytesType), value)
	request = append([]byte(nil), request...)
	return protowire.AppendBytes(protowire.AppendTag(request, 9, protowire.BytesType), entry)
}

// invite is a request like any other, whose refs are its name.
func invite(name string) []byte {
	return marshal(&routrpb.MessageRequest{
		Ref: name, EdgePortRef: "edgeport-01", Method: routrpb.Method_INVITE,
		Sender: &routrpb.NetInterface{Host: "192.0.2.7", Port: 5060},
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "1002", Host: "sip.local"}},
			CallId:      &routrpb.CallID{CallId: name},
			Via:         []*routrpb.Via{{Host: "192.0.2.7", Branch: "z9hG4bK-" + name}},
			Extensions:  []*routrpb.Extension{{Name: "CSeq", Value: "1 INVITE"}},
			Body:        "v=0\r\n",
		},
	})
}

// doing is an invite that tells a peer what to do.
func doing(name, to, do string) []byte { return with(with(invite(name), "to", to), "do", do) }

func marshal(m proto.Message) []byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(err) // it is ours
	}
	return data
}

// make sends a call, and returns what came of it.
func (w *wire) make(t *testing.T, c call) *outcome {
	t.Helper()
	return w.await(w.begin(t, c))
}

// begin sends a call.
func (w *wire) begin(t *testing.T, c call) uint32 {
	t.Helper()
	id := w.open(t, c.ends, c.fields...)
	if !c.ends {
		size := c.size
		if size == 0 {
			size = 16 << 10
		}
		w.data(id, true, c.body, size)
	}
	return id
}
