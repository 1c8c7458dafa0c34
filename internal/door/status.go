package door

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// maxStatus bounds what a status takes of a header list: code, text and details, encoded. A grpc-java client takes
// 8 KiB by default and ends its connection, with every other call on it, where there are many more. 1 KiB is left to
// the fields of the protocol: in gRPC-Web the status stands among them.
const maxStatus = headersTaken - 1<<10

// headersTaken is what a peer is taken to accept that doesn't announce less.
const headersTaken = 8 << 10

// MaxText is how much of that the text may take: what the code and the fields' names leave.
const MaxText = maxStatus - len("grpc-status"+"4294967295"+"grpc-message") - 2*frames.FieldBytes

// leastText is what a text gets in any case.
const leastText = 64

// mark stands for what a text was cut by.
const mark = "…"

// TextRoom is how much a text may take that goes to the peer of a request: MaxText, less what the peer takes less than
// others do. A peer that takes next to nothing couldn't read our headers either.
func TextRoom(ctx context.Context) int {
	room := MaxText
	if taken, known := server.HeadersTaken(ctx); known && taken < headersTaken {
		room -= headersTaken - int(taken)
	}
	return max(room, leastText)
}

// Status is how a call failed, as its caller gets it.
type Status struct {
	Code    status.Code
	Text    string // UTF-8, neither encoded nor mended
	Details []status.Detail
}

// StatusOf gives an error its gRPC status, within what the peer takes of the request whose context ctx is: a text
// that is too long is cut, and details come along as far as there is room for them beside it.
func StatusOf(ctx context.Context, err error) Status {
	room := TextRoom(ctx)
	var e *status.Error
	if !errors.As(err, &e) {
		return Status{Code: status.Unknown, Text: Cut(err.Error(), room)}
	}
	failed := Status{Code: e.Code, Text: Cut(e.Message, room)}
	left := room - encodedLen(failed.Text) - len("grpc-status-details-bin") - frames.FieldBytes
	size := statusSize(failed.Text)
	for _, d := range e.Details {
		more := detailSize(d)
		if base64.RawStdEncoding.EncodedLen(size+more) > left {
			continue
		}
		failed.Details = append(failed.Details, d)
		size += more
	}
	return failed
}

// statusSize is that of a google.rpc.Status with this text, and detailSize what a detail adds to it.
func statusSize(text string) int {
	return protowire.SizeTag(1) + protowire.SizeVarint(1<<32-1) + protowire.SizeTag(2) + protowire.SizeBytes(len(text))
}

func detailSize(d status.Detail) int {
	size := protowire.SizeTag(1) + protowire.SizeBytes(len(d.TypeURL)) + protowire.SizeTag(2) +
		protowire.SizeBytes(len(d.Value))
	return protowire.SizeTag(3) + protowire.SizeBytes(size)
}

// Cut shortens a text, on a character, to what there is room for. What isn't UTF-8 in it becomes U+FFFD:
// google.rpc.Status takes nothing else.
func Cut(text string, room int) string {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	if encodedLen(text) <= room {
		return text
	}
	left := room - encodedLen(mark)
	for i, r := range text {
		if left -= encodedLen(string(r)); left < 0 {
			return text[:i] + mark
		}
	}
	return text // not reached: it is longer than that
}

// encodedLen is how long a text is as grpc-message, percent-encoded ("gRPC over HTTP2", Responses).
func encodedLen(text string) int {
	n := len(text)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '%' {
			n += 2
		}
	}
	return n
}
