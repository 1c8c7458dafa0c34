// Package message holds one SIP message on its way through the dispatcher: the bytes of a MessageRequest
// (processor.proto) as they came from the wire, with its fields found by scanning when somebody asks.
//
// Every package on the hot path uses it: rpc makes a Request from what an EdgePort sent, matchfunc and routing read
// its fields, dispatch replaces parts of it by what middlewares and processors answered. Bytes are never decoded
// and encoded again, so unknown fields and strings that aren't UTF-8 pass through as they came.
//
// A Request remembers what it found and belongs to one goroutine at a time. Schemas (Type, Field, Place) never
// change and may be shared.
package message

import (
	"fmt"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// Method is the SIP method of a message, as the enum Method of processor.proto numbers it. It may be a number that
// the enum has no name for.
type Method int32

// String returns the method's name, or its number where the enum has none.
func (m Method) String() string { return routrpb.Method(m).String() }

// ResponseType is the status of a SIP response, as the enum ResponseType of sipmessage.proto numbers it.
type ResponseType int32

// String returns the status's name, or its number where the enum has none.
func (t ResponseType) String() string { return routrpb.ResponseType(t).String() }

// Form tells SIP requests from SIP responses: it is which member of SIPMessage's oneof message_type is set.
type Form uint8

// The forms of a message.
const (
	NoForm      Form = iota // no message, or one without a message_type
	SIPRequest              // request_uri is set
	SIPResponse             // response_type is set
)

// Error says what is wrong with the bytes of a message.
type Error struct {
	Field  string // path in the protobuf's names, such as "message.from.address"; empty for the message itself
	Reason string
}

// LimitError says that a message has more of something than is taken, whatever else is right or wrong with it.
type LimitError struct{ Reason string }

func (e *LimitError) Error() string { return e.Reason }

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return fmt.Sprintf("%s: %s", e.Field, e.Reason)
}
