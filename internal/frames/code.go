package frames

import "strconv"

// Code is why a stream or a connection ended (RFC 9113 section 7).
type Code uint32

// The codes.
const (
	NoError Code = iota
	ProtocolError
	InternalError
	FlowControlError
	SettingsTimeout
	StreamClosed
	FrameSizeError
	RefusedStream
	Cancel
	CompressionError
	ConnectError
	EnhanceYourCalm
	InadequateSecurity
	HTTP11Required
)

var codeNames = [...]string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
	"FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
	"INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

// String returns the name that the RFC gives a code.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "code " + strconv.FormatUint(uint64(c), 10)
}

// Error is what ended a connection: something that its peer did, or, where Remote is set, that the peer says of us.
type Error struct {
	Code   Code
	Remote bool
	Text   string
}

func (e *Error) Error() string {
	who := "HTTP/2: "
	if e.Remote {
		who = "HTTP/2: the peer says "
	}
	if e.Text == "" {
		return who + e.Code.String()
	}
	return who + e.Code.String() + ": " + e.Text
}

func broken(code Code, text string) *Error { return &Error{Code: code, Text: text} }
