package backend

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/frames"
)

// terms are what a header list of an answer says, as grpc-go reads it.
type terms struct {
	gRPC        bool // it is gRPC's
	http        int  // :status
	contentType string
	encoding    string
	code        codes.Code // grpc-status
	message     string     // grpc-message, decoded
	details     []string   // grpc-status-details-bin, decoded
	malformed   string     // what is wrong with metadata
}

// read takes a header list in. The error is a gRPC status.
func (t *terms) read(head []frames.Field) error {
	for _, f := range head {
		switch f.Name {
		case "content-type":
			t.contentType = f.Value
			t.gRPC = t.gRPC || isGRPC(f.Value)
		case "grpc-encoding":
			t.encoding = f.Value
		case "grpc-status":
			n, err := strconv.ParseInt(f.Value, 10, 32)
			if err != nil {
				return grpcstatus.Errorf(codes.Unknown, "transport: malformed grpc-status: %v", err)
			}
			t.code = codes.Code(uint32(n)) // as grpc-go does
		case "grpc-message":
			t.message = percentDecoded(f.Value)
		case ":status":
			t.http, _ = strconv.Atoi(f.Value) // package frames has seen to it
		default:
			t.metadata(f)
		}
	}
	return nil
}

// metadata takes a header that is the application's. Nobody reads it but for a status's details, and it must be as gRPC
// says.
func (t *terms) metadata(f frames.Field) {
	if !strings.HasSuffix(f.Name, "-bin") {
		return
	}
	encoded := base64.RawStdEncoding
	if len(f.Value)%4 == 0 {
		encoded = base64.StdEncoding
	}
	value, err := encoded.DecodeString(f.Value)
	if err != nil {
		t.malformed = fmt.Sprintf("transport: malformed %s: %v", f.Name, err)
	} else if f.Name == "grpc-status-details-bin" {
		t.details = append(t.details, string(value))
	}
}

// interim reports whether it is a 1xx response.
func (t *terms) interim() bool { return t.http >= 100 && t.http < 200 }

// status is how a call ended; nil for OK.
func (t *terms) status() *grpcstatus.Status {
	if len(t.details) == 1 {
		p := grpcstatus.New(codes.OK, "").Proto()
		switch {
		case proto.Unmarshal([]byte(t.details[0]), p) != nil:
		case codes.Code(uint32(p.GetCode())) == t.code: // as grpc-go does
			return orOK(grpcstatus.FromProto(p))
		default:
			return grpcstatus.Newf(codes.Internal,
				"grpc-status-details-bin mismatch: grpc-status=%v, grpc-message=%q, grpc-status-details-bin=%+v",
				t.code, t.message, p)
		}
	}
	if t.code == codes.OK {
		return nil
	}
	return grpcstatus.New(t.code, t.message)
}

// orOK returns nil for OK.
func orOK(s *grpcstatus.Status) *grpcstatus.Status {
	if s.Code() == codes.OK {
		return nil
	}
	return s
}

// isGRPC reports whether a content type is gRPC's.
func isGRPC(contentType string) bool {
	rest, ok := strings.CutPrefix(contentType, "application/grpc")
	return ok && (rest == "" || rest[0] == '+' || rest[0] == ';')
}

// percentDecoded decodes grpc-message. What isn't encoded as it should be stays as it is.
func percentDecoded(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return string(out)
}

// httpCode is what an HTTP status stands for where there is no gRPC status ("HTTP to gRPC Status Code Mapping").
func httpCode(status int) codes.Code {
	switch status {
	case http.StatusBadRequest:
		return codes.Internal
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusNotFound:
		return codes.Unimplemented
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return codes.Unavailable
	}
	return codes.Unknown
}

// resetCode is what RST_STREAM with an error code stands for ("gRPC over HTTP2", Errors).
func resetCode(code frames.Code) codes.Code {
	switch code {
	case frames.RefusedStream:
		return codes.Unavailable
	case frames.Cancel:
		return codes.Canceled
	case frames.FlowControlError, frames.EnhanceYourCalm:
		return codes.ResourceExhausted
	case frames.InadequateSecurity:
		return codes.PermissionDenied
	}
	if code <= frames.HTTP11Required {
		return codes.Internal
	}
	return codes.Unknown
}

// resetName is what grpc-go calls an error code.
func resetName(code frames.Code) string {
	if code <= frames.HTTP11Required {
		return code.String()
	}
	return fmt.Sprintf("unknown error code 0x%x", uint32(code))
}
