package message

import "google.golang.org/protobuf/encoding/protowire"

// Respond returns the wire form of a MessageResponse that answers a SIP request with a status: the request's sender and
// metadata, and a SIP response with its Via, From, To and Call-ID (RFC 3261 section 8.2.6.2), without a body.
func (r *Request) Respond(t ResponseType, reason string) []byte {
	sip := protowire.AppendTag(nil, protowire.Number(responseTypeField.Number), protowire.VarintType)
	sip = protowire.AppendVarint(sip, uint64(t)) // a number of the enum
	for data := r.sip(); len(data) > 0; {
		f, _, n, _ := next(sipPlace.Type(), data)
		if f == viaField || f == fromField || f == toField || f == callIDPlace.Field() {
			sip = append(sip, data[:n]...)
		}
		data = data[n:]
	}
	sip = protowire.AppendTag(sip, protowire.Number(reasonField.Number), protowire.BytesType)
	sip = protowire.AppendString(sip, reason)

	out := make([]byte, 0, len(sip)+64)
	out = renumber(out, RequestSchema, r.raw, numbers{senderNumber: 1, metadataNumber: 3}, dropUnknown)
	return appendField(out, answerMessage.Number, sip)
}

var (
	fromField   = sipPlace.Type().Field("from")
	toField     = sipPlace.Type().Field("to")
	reasonField = sipPlace.Type().Field("reasonPhrase")
)
