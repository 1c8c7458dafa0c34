package message

import "google.golang.org/protobuf/encoding/protowire"

// Response is a SIP response to a request, as far as the EdgePort doesn't make it by itself: it takes Via, From, To,
// Call-ID and CSeq from its own request, and adds each header that it is given, a second time where it has it.
type Response struct {
	Type       ResponseType
	Reason     string
	Extensions []Extension
	Contact    bool // with the request's Contact
}

// Extension is a header that SIPMessage has no field for.
type Extension struct{ Name, Value string }

// Respond returns the wire form of a MessageResponse that answers a SIP request: the response, and the request's sender
// and metadata.
func (r *Request) Respond(with Response) []byte {
	sip := responseTypeField.Append(nil, protowire.AppendVarint(nil, uint64(with.Type))) // a number of the enum
	if with.Contact && r.Has(sipPlace, contactField) {
		sip = appendField(sip, contactField.Number, r.Str(sipPlace, contactField))
	}
	for _, x := range with.Extensions {
		entry := appendField(nil, extensionName.Number, []byte(x.Name))
		sip = appendField(sip, extensionsField.Number, appendField(entry, extensionValue.Number, []byte(x.Value)))
	}
	sip = appendField(sip, reasonField.Number, []byte(with.Reason))

	out := make([]byte, 0, len(sip)+64)
	out = renumber(out, RequestSchema, r.raw, numbers{senderNumber: 1, metadataNumber: 3}, dropUnknown)
	return appendField(out, answerMessage.Number, sip)
}

var (
	contactField = sipPlace.Type().Field("contact")
	reasonField  = sipPlace.Type().Field("reasonPhrase")
)
