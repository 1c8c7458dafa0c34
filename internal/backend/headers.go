package backend

import (
	"encoding/base64"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

const (
	// headersTaken is how many bytes of headers an instance is taken to accept that doesn't say
	// (SETTINGS_MAX_HEADER_LIST_SIZE): what gRPC's specification suggests to servers ("gRPC over HTTP2", Requests).
	// Some end the connection, with the calls of everybody else, for not much more.
	headersTaken = 8 << 10
	// headersOwn is about what a call has of headers besides metadata.
	headersOwn = 512
	// From here on metadata may be why an instance doesn't take a call: Node takes 128 entries, its own and gRPC's
	// among them.
	manyHeaders, longHeaders = 100, headersTaken / 2
)

// headers is what the metadata of a call makes of its headers.
type headers struct {
	bytes, entries int
	longest        string // the key that takes most
	most           uint32 // what the instance takes, where that was found to be less
}

// measure sizes metadata as HTTP/2 does (RFC 9113 section 6.5.2).
func measure(md map[string][]string) (h headers) {
	h.bytes = headersOwn
	longest := 0
	for key, values := range md {
		size := 0
		for _, v := range values {
			n := len(v)
			if strings.HasSuffix(key, "-bin") {
				n = base64.RawStdEncoding.EncodedLen(n)
			}
			size += len(key) + n + frames.FieldBytes
			h.entries++
		}
		h.bytes += size
		if size > longest {
			longest, h.longest = size, key
		}
	}
	return h
}

// heavy reports whether the metadata may be why an instance doesn't take the call.
func (h *headers) heavy() bool { return h.bytes > longHeaders || h.entries > manyHeaders }

// fit refuses a call whose metadata the instance at the other end of l is not taken to accept. Where it says what it
// accepts, grpc-go compares that with all the headers, to the byte.
func (h *headers) fit(l *link) error {
	if h.bytes <= headersTaken || l == nil || l.headers.Load() != 0 {
		return nil
	}
	h.most = headersTaken
	return grpcstatus.Error(codes.ResourceExhausted, "metadata")
}

// refusedHeaders reports whether the caller's metadata is why there was no answer. The instance may have told its
// limit, which grpc-go says in these words alone; or reset the stream, as Node does; or answered in HTTP.
func (c *call) refusedHeaders(err error) bool {
	text := grpcstatus.Convert(err).Message()
	switch {
	case c.headers.most > 0:
		return true
	case strings.HasPrefix(text, "header list size to send violates the maximum size"):
		c.headers.most = 1
		if l := c.link; l != nil {
			c.headers.most = l.headers.Load()
		}
		return true
	case !c.headers.heavy() || c.answered.Load():
		return false
	}
	return strings.HasSuffix(text, "RST_STREAM with error code: ENHANCE_YOUR_CALM") ||
		strings.Contains(text, "HTTP status code received from server: 431") ||
		strings.Contains(text, "HTTP status code received from server: 400")
}

// refuse is the error of a call whose metadata an instance doesn't take.
func (h *headers) refuse(who string) *status.Error {
	const shown = 64
	key := h.longest
	if len(key) > shown {
		key = key[:shown] + "…"
	}
	takes := "does not take them"
	if h.most > 0 {
		takes = fmt.Sprintf("takes %d bytes at most", h.most)
	}
	return &status.Error{Code: status.ResourceExhausted, Message: fmt.Sprintf(
		"the caller's metadata makes headers of about %d bytes in %d entries, the longest %q, and %s %s",
		h.bytes, h.entries, key, who, takes)}
}
