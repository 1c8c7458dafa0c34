package relay

import (
	"math"
	"strconv"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/frames"
)

// request is what the head of a call says.
type request struct {
	contentType string
	gzip        bool // the caller takes it
	timeout     time.Duration
	timed       bool // there is a timeout
	metadata    map[string][]string
	bytes       int // of names and values
	list        int // of the list, as limits.headerBytes counts it
}

// read reads the head of a stream, and reports whether it is a call of the relay's own: unary gRPC without
// compression, and nothing about it that wants a second look.
func (r *request) read(head []frames.Field) bool {
	*r = request{}
	seen := seenFields(0)
	for i := range head {
		f := &head[i]
		if f.Name[0] == ':' {
			if !r.pseudo(f) {
				return false
			}
			continue
		}
		r.bytes += len(f.Name) + len(f.Value)
		r.list += len(f.Name) + len(f.Value) + frames.FieldBytes
		if !r.field(f, &seen) {
			return false
		}
	}
	return r.contentType != ""
}

func (r *request) pseudo(f *frames.Field) bool {
	switch f.Name {
	case ":method":
		return f.Value == "POST"
	case ":path":
		r.list += len(f.Value)
		return f.Value == routrpbconnect.ProcessorProcessMessageProcedure
	case ":authority":
		r.list += len(f.Value)
		return plainHost(f.Value)
	case ":scheme":
		return f.Value == "http" || f.Value == "https"
	}
	return true
}

// plainHost reports whether an authority is a host with a port or without, as all clients write it: nothing that
// net/http refuses, such as user information (RFC 9113 section 8.3.1).
func plainHost(authority string) bool {
	for i := range len(authority) {
		switch c := authority[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', 'A' <= c && c <= 'Z', c == '.', c == ':', c == '-', c == '_',
			c == '[', c == ']':
		default:
			return false
		}
	}
	return true
}

// seenFields are those that came, of which a second one wants a second look.
type seenFields uint8

const (
	seenType seenFields = 1 << iota
	seenTimeout
	seenEncoding
	seenAccept
	seenCookie
)

func (s *seenFields) first(f seenFields) bool {
	again := *s&f != 0
	*s |= f
	return !again
}

func (r *request) field(f *frames.Field, seen *seenFields) bool {
	switch f.Name {
	case "content-type":
		r.contentType = f.Value
		return seen.first(seenType) && (f.Value == "application/grpc" || f.Value == "application/grpc+proto")
	case "grpc-timeout":
		return seen.first(seenTimeout) && r.setTimeout(f.Value)
	case "grpc-encoding":
		return seen.first(seenEncoding) && f.Value == "identity"
	case "grpc-accept-encoding":
		r.gzip = takesGzip(f.Value)
		return seen.first(seenAccept)
	case "te", "user-agent":
		return true
	case "host", "trailer", "expect":
		return false
	case "cookie":
		if !seen.first(seenCookie) {
			return false // net/http joins them
		}
	}
	r.metadata = door.Add(r.metadata, f.Name, f.Value)
	return true
}

// takesGzip reports whether gzip is among the encodings of a list.
func takesGzip(list string) bool {
	for len(list) > 0 {
		i := 0
		for i < len(list) && list[i] != ',' && list[i] != ' ' {
			i++
		}
		if list[:i] == "gzip" {
			return true
		}
		list = list[min(len(list), i+1):]
	}
	return false
}

// setTimeout reads grpc-timeout ("gRPC over HTTP2", Requests). One that is wrong wants a second look.
func (r *request) setTimeout(text string) bool {
	if text == "" {
		return true
	}
	var unit time.Duration
	switch text[len(text)-1] {
	case 'n':
		unit = time.Nanosecond
	case 'u':
		unit = time.Microsecond
	case 'm':
		unit = time.Millisecond
	case 'S':
		unit = time.Second
	case 'M':
		unit = time.Minute
	case 'H':
		unit = time.Hour
	}
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 32)
	if unit == 0 || err != nil || n > 99999999 || n == 0 {
		return false
	}
	if unit == time.Hour && n > uint64(math.MaxInt64/time.Hour) {
		return true // as good as none
	}
	r.timeout, r.timed = time.Duration(n)*unit, true
	return true
}
