package backend

import (
	"encoding/base64"
	"net"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/frames"
)

// lane is a connection to an instance beside grpc-go's, for calls that nobody waits for: see Backend.Start.
type lane struct {
	conn   *frames.Conn
	link   *link
	common []frames.Field // of every request
	of     *lanes
	left   chan struct{} // closed when it takes no more calls; guarded by of.mu
	asked  time.Time     // when the instance was asked whether it is there; zero: it wasn't. The clock's
}

// opaque is a connection whose bytes aren't those of its socket. grpc-go's credentials hand out a TLS connection that
// offers the socket nevertheless.
type opaque struct{ net.Conn }

// answerHeaders is how large a header list of an answer may be, whichever way a call takes.
const answerHeaders = 1 << 20

// common are the headers that all requests to an instance have, as grpc-go sends them.
func (f *fleet) common(i *instance) []frames.Field {
	scheme := "http"
	if f.place.tls != nil {
		scheme = "https"
	}
	all := []frames.Field{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: scheme},
		{Name: ":path", Value: routrpbconnect.ProcessorProcessMessageProcedure},
		{Name: ":authority", Value: i.serverName},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "user-agent", Value: f.place.userAgent + " grpc-go/" + grpc.Version},
		{Name: "te", Value: "trailers"},
	}
	if encoding.GetCompressor("gzip") != nil {
		all = append(all, frames.Field{Name: "grpc-accept-encoding", Value: "gzip"})
	}
	return all
}

// request appends the headers of a request.
func (l *lane) request(head []frames.Field, timeout frames.Field, md map[string][]string) []frames.Field {
	head = append(append(head, l.common...), timeout)
	for key, values := range md {
		if reservedKey(key) {
			continue
		}
		for _, v := range values {
			if strings.HasSuffix(key, "-bin") {
				v = base64.RawStdEncoding.EncodeToString([]byte(v))
			}
			head = append(head, frames.Field{Name: key, Value: v})
		}
	}
	return head
}

// reservedKey reports whether grpc-go leaves metadata of this key out.
func reservedKey(key string) bool {
	switch key {
	case "content-type", "user-agent", "grpc-message-type", "grpc-encoding", "grpc-message", "grpc-status",
		"grpc-timeout", "te":
		return true
	}
	return strings.HasPrefix(key, ":")
}

// takes reports whether the instance is taken to accept a header list: what it says decides, and else what gRPC's
// specification suggests (see headers.fit).
func (l *lane) takes(head []frames.Field, h *headers) bool {
	most, said := l.conn.HeadersTaken()
	if !said {
		return h.bytes <= headersTaken
	}
	size := uint32(0)
	for _, f := range head {
		size += uint32(len(f.Name) + len(f.Value) + frames.FieldBytes) // a header list has far less than 4 GiB
	}
	return size <= most
}

// timeout returns the header that says what is left of the call's time. Where a caller hurries the call no other has
// the same, and its text is in x's buffer, valid until the next call.
func (x *Exchange) timeout() frames.Field {
	c := &x.call
	if c.limit == c.backend.opts.Timeout {
		return frames.Field{Name: "grpc-timeout", Value: c.backend.timeout}
	}
	text := appendTimeout(x.limit[:0], c.limit)
	return frames.Field{
		Name: "grpc-timeout", Value: unsafe.String(&text[0], len(text)), Sensitive: true, // nobody keeps it, therefore
	}
}

// appendTimeout appends a time as grpc-timeout has it ("gRPC over HTTP2", Requests), no shorter than it is.
func appendTimeout(to []byte, left time.Duration) []byte {
	const most = 99999999
	unit, units := time.Nanosecond, "numSMH"
	for n, longer := range []time.Duration{
		time.Microsecond, time.Millisecond, time.Second, time.Minute, time.Hour,
	} {
		if (left+unit-1)/unit <= most {
			break
		}
		unit, units = longer, "numSMH"[n+1:]
	}
	return append(strconv.AppendInt(to, int64((left+unit-1)/unit), 10), units[0])
}
