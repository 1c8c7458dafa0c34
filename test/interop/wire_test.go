//go:build interop

package interop

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// notUTF8 takes the place of the body of the same length in a message's bytes.
var notUTF8 = []byte{'v', '=', 0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0}

// withInvalidUTF8 returns the bytes of m with a body that isn't UTF-8.
func withInvalidUTF8(t *testing.T, m proto.Message) []byte {
	t.Helper()
	encoded, err := proto.Marshal(m)
	if err != nil {
		t.Fatalf("encode %T: %v", m, err)
	}
	return bytes.Replace(encoded, []byte("the body"), notUTF8, 1)
}

// rawMessage is a SIP request whose body withInvalidUTF8 replaces.
func rawMessage(user string) *routrpb.SIPMessage {
	return &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: user}},
		Body:        "the body",
	}
}

func TestBytesThatAreNotUTF8ArriveAsTheyCame(t *testing.T) {
	request := withInvalidUTF8(t, &routrpb.MessageRequest{
		Ref: "1", Method: routrpb.Method_INVITE, Message: rawMessage("bob"),
	})
	answer := withInvalidUTF8(t, &routrpb.MessageResponse{
		Message: rawMessage("bob-at-home"), Metadata: map[string]string{"k": "v"},
	})
	p := startPeers(t, peer{Name: "connect", Kind: "raw", With: answer})
	c := startClient(t, startDispatcher(t, spec{Processors: []processor{p.processor("connect")}}).addr)

	got := c.call(t, call{Service: "raw", Bytes: request})
	if got.Error != nil {
		t.Fatalf("call failed: %+v", *got.Error)
	}
	equal(t, "request at the processor", p.only(t, "connect").Bytes, request)
	equal(t, "answer", got.Bytes, answer)
}

func TestAMiddlewaresMessageArrivesByteForByte(t *testing.T) {
	request := withInvalidUTF8(t, &routrpb.MessageRequest{
		Ref: "1", Method: routrpb.Method_INVITE, Message: rawMessage("bob"),
	})
	changed := withInvalidUTF8(t, &routrpb.MessageResponse{Message: rawMessage("bob-changed")})
	answer := withInvalidUTF8(t, &routrpb.MessageResponse{Message: rawMessage("bob-answered")})
	p := startPeers(t,
		peer{Name: "pre", Kind: "raw", With: changed}, peer{Name: "connect", Kind: "raw", With: answer})
	c := startClient(t, startDispatcher(t, spec{
		Processors: []processor{p.processor("connect")}, Middlewares: []middleware{p.before("pre")},
	}).addr)

	got := c.call(t, call{Service: "raw", Bytes: request})
	if got.Error != nil {
		t.Fatalf("call failed: %+v", *got.Error)
	}
	equal(t, "request at the middleware", p.only(t, "pre").Bytes, request)
	const requestMessage, responseMessage = 8, 2
	equal(t, "message at the processor",
		field(t, p.only(t, "connect").Bytes, requestMessage), field(t, changed, responseMessage))
	equal(t, "message in the answer",
		field(t, got.Bytes, responseMessage), field(t, answer, responseMessage))
}

// field returns the bytes of the one field with that number in m.
func field(t *testing.T, m []byte, number protowire.Number) []byte {
	t.Helper()
	var found [][]byte
	for len(m) > 0 {
		num, typ, n := protowire.ConsumeTag(m)
		size := protowire.ConsumeFieldValue(num, typ, m[max(n, 0):])
		if n < 0 || size < 0 {
			t.Fatalf("not protobuf: %x", m)
		}
		if num == number {
			value, _ := protowire.ConsumeBytes(m[n:])
			found = append(found, value)
		}
		m = m[n+size:]
	}
	if len(found) != 1 {
		t.Fatalf("field %d is there %d times, want once", number, len(found))
	}
	return found[0]
}

func TestFieldsOfALaterReleaseSurvive(t *testing.T) {
	future := func(name string) map[string]any {
		return map[string]any{"name": name, "numbers": []any{1.0, -2.0}}
	}
	p := startPeers(t,
		peer{Name: "pre", Kind: "extended", With: future("from the middleware")},
		peer{Name: "connect", Kind: "extended", With: future("from the processor")})
	c := startClient(t, startDispatcher(t, spec{
		Processors: []processor{p.processor("connect")}, Middlewares: []middleware{p.before("pre")},
	}).addr)

	got := c.call(t, call{Service: "extended", Request: map[string]any{
		"ref": "1", "method": "INVITE", "future": future("in the request"),
		"message": map[string]any{
			"requestUri": map[string]any{"user": "bob", "host": "biloxi.com"}, "future": future("in the message"),
		},
	}})
	if got.Error != nil {
		t.Fatalf("call failed: %+v", *got.Error)
	}
	inMessage := func(m map[string]any) any { return m["message"].(map[string]any)["future"] }
	for _, name := range []string{"pre", "connect"} {
		seen := p.only(t, name).Request
		equal(t, "request's field at "+name, seen["future"], any(future("in the request")))
		equal(t, "message's field at "+name, inMessage(seen), any(future("in the message")))
	}
	equal(t, "answer's field", got.Response["future"], any(future("from the processor")))
	equal(t, "message's field in the answer", inMessage(got.Response), any(future("in the message")))
}
