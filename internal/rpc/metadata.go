package rpc

import (
	"net/http"
	"strings"

	"connectrpc.com/connect"
)

// incoming returns the metadata that a caller sent along, to be passed on: without what belongs to this hop alone or
// to the protocol, and without what gRPC doesn't allow as metadata. Keys are in lower case; values of those that end
// in -bin are bytes rather than base64.
func incoming(header http.Header) map[string][]string {
	var md map[string][]string
	for name, values := range header {
		key := strings.ToLower(name)
		if reserved(key) || !validKey(key) {
			continue
		}
		if values = decode(key, values); len(values) == 0 {
			continue
		}
		if md == nil {
			md = map[string][]string{}
		}
		md[key] = values
	}
	return md
}

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

// decode returns the values that can be passed on, binary ones decoded.
func decode(key string, values []string) (valid []string) {
	for _, v := range values {
		if strings.HasSuffix(key, "-bin") {
			for _, part := range strings.Split(v, ",") {
				if data, err := connect.DecodeBinaryHeader(strings.TrimSpace(part)); err == nil {
					valid = append(valid, string(data))
				}
			}
		} else if validValue(v) {
			valid = append(valid, v)
		}
	}
	return valid
}
