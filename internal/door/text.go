package door

import (
	"encoding/base64"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Mend puts a percent-encoded text right that is to be a grpc-message: it may neither begin nor end with a space (RFC
// 9113 section 8.2.1), or clients on Node drop the field, and may not be longer than room.
func Mend(text string, room int) string {
	text = cutEncoded(text, room)
	if rest, ok := strings.CutSuffix(text, " "); ok {
		text = rest + "%20"
	}
	if rest, ok := strings.CutPrefix(text, " "); ok {
		text = "%20" + rest
	}
	return text
}

// cutEncoded is Cut for a text that is percent-encoded.
func cutEncoded(text string, room int) string {
	if len(text) <= room {
		return text
	}
	end := room - len("...")
	for !beginsCharacter(text, end) {
		end--
	}
	return text[:end] + "..."
}

// beginsCharacter reports whether a character begins at i: neither in the middle of an escape, nor with one that
// stands for a byte within a character.
func beginsCharacter(text string, i int) bool {
	return text[i-1] != '%' && text[i-2] != '%' && (text[i] != '%' || !strings.Contains("89AB", text[i+1:i+2]))
}

const upperHex = "0123456789ABCDEF"

// Encode percent-encodes a text as grpc-message ("gRPC over HTTP2", Responses).
func Encode(text string) string {
	n := encodedLen(text)
	if n == len(text) {
		return text
	}
	out := make([]byte, 0, n)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '%' {
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

// EncodedDetails returns grpc-status-details-bin of a status: a google.rpc.Status in its wire form, in base64; empty
// where it has no details.
func (s Status) EncodedDetails() string {
	if len(s.Details) == 0 {
		return ""
	}
	var wire []byte
	wire = protowire.AppendTag(wire, 1, protowire.VarintType)
	wire = protowire.AppendVarint(wire, uint64(int64(int32(s.Code))))
	if s.Text != "" {
		wire = protowire.AppendTag(wire, 2, protowire.BytesType)
		wire = protowire.AppendString(wire, s.Text)
	}
	for _, d := range s.Details {
		var detail []byte
		if d.TypeURL != "" {
			detail = protowire.AppendTag(detail, 1, protowire.BytesType)
			detail = protowire.AppendString(detail, d.TypeURL)
		}
		if len(d.Value) > 0 {
			detail = protowire.AppendTag(detail, 2, protowire.BytesType)
			detail = protowire.AppendBytes(detail, d.Value)
		}
		wire = protowire.AppendTag(wire, 3, protowire.BytesType)
		wire = protowire.AppendBytes(wire, detail)
	}
	return base64.RawStdEncoding.EncodeToString(wire)
}
