package message

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

func TestAnAnswerThatSaysTheSameChangesNothing(t *testing.T) {
	sip := func(change func(*routrpb.SIPMessage)) *routrpb.SIPMessage {
		m := &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: "h", Port: -1}},
			From: &routrpb.From{Address: &routrpb.Address{DisplayName: "Al"},
				Parameters: map[string]string{"a": "1", "b": "2"}},
			Extensions: []*routrpb.Extension{{Name: "CSeq", Value: "1 INVITE"}, {Name: "X", Value: ""}},
			Contact:    &routrpb.Contact{QValue: 0.5}, MaxForwards: &routrpb.MaxForwards{MaxForwards: 70}, Body: "b",
		}
		change(m)
		return m
	}
	answer := func(change func(*routrpb.SIPMessage), metadata map[string]string) []byte {
		wire, err := proto.Marshal(&routrpb.MessageResponse{Message: sip(change), Metadata: metadata})
		if err != nil {
			t.Fatal(err)
		}
		return wire
	}
	encode := func(m proto.Message) []byte {
		wire, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return wire
	}
	same := func(*routrpb.SIPMessage) {}
	metadata := map[string]string{"k": "v", "l": "w"}
	req, err := Parse(encode(&routrpb.MessageRequest{Message: sip(same), Metadata: metadata}))
	if err != nil {
		t.Fatal(err)
	}
	// What a library leaves out and another writes: an empty name (2) of From's address, and an empty reason phrase
	// (16).
	defaults := append(encode(&routrpb.MessageResponse{}), Field{Number: 2, Kind: Message, wire: 2}.appended(
		append(encode(sip(same)), 16<<3&0x7f|2|0x80, 1, 0))...)
	for name, c := range map[string]struct {
		answer []byte
		want   bool
	}{
		"the same":               {answer(same, nil), false},
		"with defaults written":  {defaults, false},
		"with the same metadata": {answer(same, map[string]string{"l": "w", "k": "v"}), false},
		"with other metadata":    {answer(same, map[string]string{"k": "v"}), true},
		"another user":           {answer(func(m *routrpb.SIPMessage) { m.GetRequestUri().User = "al" }, nil), true},
		"a header more": {answer(func(m *routrpb.SIPMessage) {
			m.Extensions = append(m.Extensions, &routrpb.Extension{})
		}, nil), true},
		"a header less": {answer(func(m *routrpb.SIPMessage) { m.Extensions = m.Extensions[:1] }, nil),
			true},
		"another parameter":        {answer(func(m *routrpb.SIPMessage) { m.From.Parameters["a"] = "2" }, nil), true},
		"another preference":       {answer(func(m *routrpb.SIPMessage) { m.Contact.QValue = 0.7 }, nil), true},
		"an empty header that was": {answer(func(m *routrpb.SIPMessage) { m.To = &routrpb.To{} }, nil), true},
		"a response of type 0": {answer(func(m *routrpb.SIPMessage) {
			m.MessageType = &routrpb.SIPMessage_ResponseType{}
		}, nil), true},
	} {
		got := new(Answer)
		if err := got.Parse(c.answer); err != nil {
			t.Fatal(err)
		}
		if got.Changes(req) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

// appended is the field alone, with a value.
func (f Field) appended(value []byte) []byte { return f.Append(nil, value) }

func TestHeadersAreFoundInWhateverOrderTheyAreWritten(t *testing.T) {
	name, value := extensionName.Append(nil, []byte("cSEQ")), extensionValue.Append(nil, []byte("1 BYE"))
	for what, entry := range map[string][]byte{
		"name first":  append(append([]byte{}, name...), value...),
		"value first": append(append([]byte{}, value...), name...),
		"two names":   append(append(extensionName.Append(nil, []byte("X")), name...), value...),
	} {
		sip := requestURIField.Append(nil, nil)
		sip = extensionsField.Append(sip, extensionName.Append(nil, []byte("Cseq2")))
		sip = extensionsField.Append(sip, entry)
		sip = extensionsField.Append(sip,
			append(append([]byte{}, name...), extensionValue.Append(nil, []byte("2 BYE"))...))
		req, err := Parse(sipPlace.Field().Append(nil, sip))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(req.CSeq()); got != "1 BYE" {
			t.Errorf("%s: %q", what, got)
		}
		if got := req.UserAgent(); got != nil {
			t.Errorf("%s: a user agent %q", what, got)
		}
	}
}
