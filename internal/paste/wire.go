package paste

import (
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// Protobuf reads a MessageRequest's bytes.
func Protobuf(data []byte) (Read, error) { return fromWire(data) }

// JSON reads one message as rules see it, or in protobuf's mapping.
func JSON(text []byte) (Read, error) {
	one, err := fromWireOf(FromJSON(text))
	one.Form = "json"
	return one, err
}

// fromWire reads a MessageRequest's bytes.
func fromWire(data []byte) (Read, error) { return fromWireOf(FromProtobuf(data)) }

// fromWireOf takes a MessageRequest that is known to be one, and writes it as SIP text, which the spans point into. A
// message that can't be written so that it reads back has a note.
func fromWireOf(data []byte, err error) (Read, error) {
	if err != nil {
		return Read{}, err
	}
	one := Read{Form: "protobuf", Outcome: siptext.Converted, Wire: data, complete: true}
	text, exact, err := Text(data)
	if err != nil {
		return one, nil //nolint:nilerr // rules read what the decoder of this form doesn't; it has no text then
	}
	one.SIP = text
	if back, err := siptext.Read(text, siptext.Options{}); err == nil {
		one.Spans = back.Spans
	}
	if !exact {
		one.Notes = append(one.Notes, siptext.Note{
			Kind: siptext.Info, To: len(text), Message: "the SIP text is near the message: no text is known that an " +
				"EdgePort reads as exactly this one",
		})
	}
	return one, nil
}

// Text writes a MessageRequest as SIP text, and says whether it reads back to the same message.
func Text(wire []byte) (text string, exact bool, err error) {
	req := &routrpb.MessageRequest{}
	if err := proto.Unmarshal(wire, req); err != nil {
		return "", false, err
	}
	text, exact = siptext.Write(req)
	return text, exact, nil
}
