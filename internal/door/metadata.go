package door

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// Incoming returns the metadata that a caller sent along, to be passed on: without what belongs to this hop alone or
// to the protocol, and without what gRPC doesn't allow as metadata. Keys are in lower case; values of those that end
// in -bin are bytes rather than base64. It is nil where there is nothing to pass on.
func Incoming(header http.Header) map[string][]string {
	var md map[string][]string
	for name, values := range header {
		key := strings.ToLower(name)
		if !passedOn(key) {
			continue
		}
		var valid []string
		for _, v := range values {
			valid = appendValid(valid, key, v)
		}
		if len(valid) > 0 {
			if md == nil {
				md = map[string][]string{}
			}
			md[key] = valid
		}
	}
	return md
}

// Add adds one field of a caller's header, whose name is in lower case, to the metadata that Incoming would return.
func Add(md map[string][]string, key, value string) map[string][]string {
	if !passedOn(key) {
		return md
	}
	valid := appendValid(md[key], key, value)
	if len(valid) == 0 {
		return md
	}
	if md == nil {
		md = map[string][]string{}
	}
	md[key] = valid
	return md
}

// passedOn reports whether a header of a name in lower case is metadata that travel on.
func passedOn(key string) bool { return !reserved(key) && validKey(key) }

// reserved reports whether a header is this hop's own (RFC 9110 section 7.6.1) or one of gRPC's and Connect's.
func reserved(key string) bool {
	switch key {
	case "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
		"transfer-encoding", "upgrade", "host", "user-agent", "content-type", "content-length", "content-encoding",
		"accept", "accept-encoding", "expect", "date", "http2-settings", "x-grpc-web", "x-user-agent":
		return true
	}
	return strings.HasPrefix(key, "grpc-") || strings.HasPrefix(key, "connect-") || strings.HasPrefix(key, ":")
}

// validKey and validValue are gRPC's rules for Custom-Metadata ("gRPC over HTTP2", Requests). One that breaks them
// would make the outgoing call fail.
func validKey(key string) bool {
	for _, c := range []byte(key) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return key != ""
}

func validValue(value string) bool {
	for _, c := range []byte(value) {
		if c < 0x20 || c > 0x7E {
			return false
		}
	}
	return true
}

// appendValid adds what can be passed on of a value, decoded where the key says that it is binary.
func appendValid(to []string, key, value string) []string {
	if !strings.HasSuffix(key, "-bin") {
		if validValue(value) {
			to = append(to, value)
		}
		return to
	}
	for part := range strings.SplitSeq(value, ",") {
		if data, err := decode(strings.TrimSpace(part)); err == nil {
			to = append(to, string(data))
		}
	}
	return to
}

// decode takes base64 with and without padding ("gRPC over HTTP2", Requests).
func decode(text string) ([]byte, error) {
	if len(text)%4 != 0 {
		return base64.RawStdEncoding.DecodeString(text)
	}
	return base64.StdEncoding.DecodeString(text)
}
