package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// RequestFromJSON reads a MessageRequest from JSON: the view that rules see, or protobuf's own JSON mapping. Keys
// that are missing take their defaults, keys that the contract doesn't know are an error, and so are more than
// MaxElements values.
func RequestFromJSON(text []byte) ([]byte, error) {
	if _, err := JSONElements(text); err != nil {
		return nil, fmt.Errorf("read a MessageRequest from JSON: %w", err)
	}
	var m routrpb.MessageRequest
	if err := protojson.Unmarshal(withoutMessageType(text), &m); err != nil {
		// it repeats what it read
		return nil, errors.New(visible.Cut("read a MessageRequest from JSON: "+plainBlank(err.Error()), maxJSONError))
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(&m)
}

// plainBlank puts a space where protobuf-go, by chance of the build, writes a blank that can't be told from one, so
// that nobody relies on its words. A caller sees it as %C2%A0.
func plainBlank(text string) string { return strings.Replace(text, "proto:\u00a0", "proto: ", 1) }

// maxJSONError is how long an error about JSON may be.
const maxJSONError = 512

// AnswerToJSON writes a MessageResponse, given in its wire form, in protobuf's JSON mapping. Text that isn't UTF-8
// is written as rules would see it.
func AnswerToJSON(data []byte) ([]byte, error) {
	view, err := check(AnswerSchema, data)
	if err != nil {
		return nil, fmt.Errorf("write a MessageResponse as JSON: %w", err)
	}
	var m routrpb.MessageResponse
	if err := proto.Unmarshal(repair(AnswerSchema, view), &m); err != nil {
		return nil, fmt.Errorf("write a MessageResponse as JSON: %w", err)
	}
	return protojson.Marshal(&m)
}

// withoutMessageType takes out the member message.messageType, which the view adds and protobuf doesn't know. A text
// without it stays as it is, so that errors point at the right place in it.
func withoutMessageType(text []byte) []byte {
	var request, sip map[string]json.RawMessage
	if json.Unmarshal(text, &request) != nil || json.Unmarshal(request["message"], &sip) != nil {
		return text // protojson says what is wrong, and where
	}
	var member string
	if json.Unmarshal(sip[MessageTypeKey], &member) != nil || !sipPlace.Type().Field(member).isOneof() {
		return text
	}
	delete(sip, MessageTypeKey)
	request["message"] = encode(sip)
	return encode(request)
}

// encode can't fail: the values were decoded from JSON.
func encode(members map[string]json.RawMessage) json.RawMessage {
	text, err := json.Marshal(members)
	if err != nil {
		panic("message: " + err.Error())
	}
	return text
}

func (f *Field) isOneof() bool { return f != nil && f.Oneof }

// repair writes a checked message of type t anew as protobuf-go takes it: with every string in well-formed UTF-8 and
// every number within its type, and without what t doesn't know.
func repair(t *Type, data []byte) []byte {
	out := make([]byte, 0, len(data)+8)
	for f, val := range t.Each(data) {
		switch {
		case f.Map:
			key, text := Entry(val)
			val = EntryOf(AppendUTF8(nil, key), AppendUTF8(nil, text))
		case f.Kind == Message:
			val = repair(f.Type, val)
		case f.Kind == String:
			val = AppendUTF8(nil, val)
		}
		out = f.Append(out, val)
	}
	return out
}
