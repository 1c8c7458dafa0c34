package decision

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// guarded is a message with secrets of every kind.
func guarded(t *testing.T) []byte {
	t.Helper()
	wire, err := proto.Marshal(&routrpb.MessageRequest{
		Ref: "r", Metadata: map[string]string{"a token": "abc"},
		Message: &routrpb.SIPMessage{
			Extensions: []*routrpb.Extension{{Name: "Allow", Value: "ACK"}, {Name: "X-Auth-Token", Value: "Tök-en 12"}},
			MessageType: &routrpb.SIPMessage_RequestUri{
				RequestUri: &routrpb.SipURI{User: "bob", UserPassword: "pass", Host: "sip.local"},
			},
			Authorization: &routrpb.Authorization{Username: "bob", Response: "6629fae49393a05397450978507c4ef1"},
			Body:          "v=0\r\nk=clear:abc\r\n",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func TestPlacesAreWhereSomethingIsHidden(t *testing.T) {
	wire := guarded(t)
	want := []string{
		"message.authorization.response", "message.body", "message.extensions[1].value",
		"message.requestUri.userPassword",
		`metadata["a token"]`,
	}
	places, err := new(Mask).Places(wire)
	if slices.Sort(places); err != nil || !slices.Equal(places, want) {
		t.Errorf("%q, %v", places, err)
	}
	if starred := Starred(wire); len(starred) > 0 {
		t.Errorf("nothing was hidden yet, but %q", starred)
	}
	masked, err := new(Mask).Wire(wire)
	if err != nil {
		t.Fatal(err)
	}
	starred := Starred(masked)
	if slices.Sort(starred); !slices.Equal(starred, want) {
		t.Errorf("hidden: %q", starred)
	}
	if _, err := new(Mask).Places([]byte{0xff}); err == nil {
		t.Error("junk has places")
	}
}

func TestAlikeKeepsLengthAndAlphabet(t *testing.T) {
	m := &Mask{}
	wire, err := m.Alike(guarded(t))
	if err != nil {
		t.Fatal(err)
	}
	var got routrpb.MessageRequest
	if err := proto.Unmarshal(wire, &got); err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		got.Message.Authorization.Response:       "0123456789abcdef0123456789abcdef",
		got.Message.GetRequestUri().UserPassword: "abcd",
		got.Message.Extensions[1].Value:          "Aéc-ef 78",
		got.Metadata["a token"]:                  "bcd", // "abc" is what it was
		got.Message.Body:                         "v=0\r\nk=abcde:ghi\r\n",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if got.Message.GetRequestUri().User != "bob" {
		t.Error("what isn't secret changed")
	}
}
