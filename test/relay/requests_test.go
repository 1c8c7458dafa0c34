package relay

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
)

// TestRequestsAreTakenAlike sends requests in every form that there is, and some that there isn't.
func TestRequestsAreTakenAlike(t *testing.T) {
	n := startNetwork(t)
	calls := headerCalls()
	calls = append(calls, bodyCalls()...)
	calls = append(calls, otherCalls()...)
	compare(t, n, n.spec(t), inTurn(calls))
}

// changed is a header with a field replaced; an empty value leaves it out.
func changed(fields []string, name, value string) (all []string) {
	for i := 0; i < len(fields); i += 2 {
		if fields[i] != name {
			all = append(all, fields[i], fields[i+1])
		} else if value != "" {
			all = append(all, name, value)
		}
	}
	return all
}

// headerCalls differ in their headers.
func headerCalls() (all []call) {
	for _, more := range [][]string{
		{"x-one", "1"}, {"x-two", "1", "x-two", "2"}, {"x-comma", "a, b"}, {"x-empty", ""}, {"x-spaces", "a  b"},
		{"x-data-bin", "AAEC/w"}, {"x-data-bin", "AAEC/w=="}, {"x-data-bin", "AAE,Ag"}, {"x-data-bin", "AAE",
			"x-data-bin", "Ag"},
		{"x-data-bin", "!!"}, {"x-data-bin", ""}, {"x-latin", "caf\xe9"}, {"x-utf8", "café"}, {"x-tab", "a\tb"},
		{"cookie", "a=1", "cookie", "b=2"}, {"cookie", "a=1; b=2"}, {"host", "elsewhere"}, {"accept", "*/*"},
		{"accept-encoding", "gzip"}, {"expect", "100-continue"}, {"date", "now"}, {"authorization", "Bearer x"},
		{"proxy-authorization", "x"}, {"x-grpc-web", "1"}, {"x-user-agent", "u"}, {"grpc-status", "3"}, {"grpc-x", "y"},
		{"grpc-accept-encoding", "identity,gzip"}, {"connect-protocol-version", "1"}, {"priority", "u=1"}, {"x.y_z-1",
			"v"},
		{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, {"x-forwarded-for", "192.0.2.9"},
		{"trailer", "x"}, {"grpc-encoding", "identity"}, {"grpc-encoding", ""}, {"content-encoding", "identity"},
		{"grpc-message-type", "x"}, {"content-length", fmt.Sprint(len(enveloped(0, invite("content-length"))))},
		{"x-at", "@"},
		{"x-long", strings.Repeat("l", 10_000)}, {"x-too-long", strings.Repeat("l", 17<<10)}, {"x!odd", "name"},
		{"x-longer-still", strings.Repeat("l", 60<<10)},
	} {
		name := fmt.Sprintf("with %.60q", more)
		if strings.HasPrefix(more[0], "content-length") {
			name = "content-length"
		}
		c := process(name, invite(name), more...)
		all = append(all, c)
	}
	many := process("many fields", invite("many"))
	for i := range 200 {
		many.fields = append(many.fields, fmt.Sprint("x-field-", i), fmt.Sprint(i))
	}
	all = append(all, many)
	for _, timeout := range []string{
		"5S", "1H", "99999999H", "4000m", "4000000u", "99999999n", "1M", "0", "", "0S", "-1S", "1x", "S", "1.5S",
		"123456789S", " 1S", "1S ",
		"+1S", "4S,3S",
	} {
		all = append(all, process(fmt.Sprintf("grpc-timeout %q", timeout), invite("timeout "+timeout), "grpc-timeout",
			timeout))
	}
	return append(all, process("a shorter time", doing("a shorter time", "real", "hang"), "grpc-timeout", "700m"))
}

// kinds are types of content.
var kinds = []string{
	"application/grpc", "application/grpc+proto", "application/grpc+json", "application/grpc; charset=utf-8",
	"application/grpc+proto; charset=utf-8", "Application/gRPC", "application/grpc+xml", "application/grpcx",
	"text/plain", "", "application/grpc-web+proto", "application/grpc-web", "application/grpc-web-text",
}

// bodyCalls differ in their bodies.
func bodyCalls() (all []call) {
	add := func(name string, body []byte, more ...string) *call {
		c := process(name, nil, more...)
		c.body = body
		all = append(all, c)
		return &all[len(all)-1]
	}
	one := enveloped(0, invite("body"))
	add("no body", nil)
	add("header alone", nil).ends = true
	add("half a prefix", one[:3])
	add("prefix alone", one[:5])
	add("a byte less", one[:len(one)-1])
	add("a byte more", append(one[:len(one):len(one)], 0))
	add("two messages", append(one[:len(one):len(one)], one...))
	add("an empty message", enveloped(0, nil))
	add("byte by byte", one).size = 1
	add("seven by seven", one).size = 7
	add("prefix apart", one).size = 5
	add("flag 1", enveloped(1, invite("flag")))
	add("flag 2", enveloped(2, invite("flag")))
	add("flag 128", enveloped(128, invite("flag")))
	add("flag 255", enveloped(255, invite("flag")))
	add("a length of 4 GiB", []byte{0, 255, 255, 255, 255, 1, 2, 3})
	add("one too large", enveloped(0, make([]byte, maxMessage+1)))
	add("one far too large", enveloped(0, make([]byte, 10*maxMessage)))
	filled := with(invite("large"), "filler", strings.Repeat("f", maxMessage-400))
	add("one just not too large", enveloped(0, with(filled, "g", strings.Repeat("g", maxMessage-len(filled)-12))))
	add("content-length too small", one, "content-length", "10")
	add("content-length of letters", one, "content-length", "abc")
	add("gzip", enveloped(1, zipped(invite("gzip"))), "grpc-encoding", "gzip")
	add("gzip that isn't", enveloped(1, []byte("no gzip")), "grpc-encoding", "gzip")
	add("gzip announced", enveloped(0, invite("announced")), "grpc-encoding", "gzip")
	add("gzip of too much", enveloped(1, zipped(make([]byte, 10*maxMessage))), "grpc-encoding", "gzip")
	add("an unknown encoding", enveloped(1, []byte("x")), "grpc-encoding", "br")
	return all
}

func zipped(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data) // to memory
	_ = w.Close()        // to memory
	return out.Bytes()
}

// otherCalls aren't the relay's, or are at the border.
func otherCalls() (all []call) {
	request := invite("other")
	add := func(name, field, value string) {
		c := process(name, request)
		c.fields = changed(c.fields, field, value)
		all = append(all, c)
	}
	for _, kind := range kinds {
		add(fmt.Sprintf("content-type %q", kind), "content-type", kind)
	}
	for _, path := range []string{
		procedure + "?x=1", procedure + "/", procedure + "x", "/" + procedure, procedure[1:],
		strings.ToLower(procedure),
		"/fonoster.routr.processor.v2beta1.Processor/Other", "/", "*", "/x/..", "/a/.." + procedure, "/%",
		"/fonoster.routr.processor.v2beta1.Processor/Process%4Dessage", "http://elsewhere" + procedure,
	} {
		add("path "+path, ":path", path)
	}
	for _, method := range []string{"GET", "PUT", "OPTIONS", "HEAD", "post", "CONNECT"} {
		add("method "+method, ":method", method)
	}
	add("no te", "te", "")
	add("https", ":scheme", "https")
	add("no authority", ":authority", "")
	add("another authority", ":authority", "user@[::1]:7")
	add("no user-agent", "user-agent", "")
	for _, path := range []string{"/healthz", "/readyz", "/api/v1/rules", "/nothing", "/grpc.health.v1.Health/Check"} {
		all = append(all, call{name: "GET " + path, ends: true,
			fields: []string{":method", "GET", ":scheme", "http", ":path", path, ":authority", "x"}})
	}
	all = append(all,
		call{name: "health", fields: grpcHeader("/grpc.health.v1.Health/Check"), body: enveloped(0, nil)},
		call{name: "another service", fields: grpcHeader("/a.b/C"), body: enveloped(0, nil)},
		call{name: "reflection", fields: grpcHeader("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
			body: enveloped(0, []byte{0x3a, 0})},
		call{name: "Connect in JSON",
			body: []byte(`{"ref":"json","method":"MESSAGE","message":{"requestUri":{"user":"a"}}}`),
			fields: changed(grpcHeader(procedure, "connect-protocol-version", "1"), "content-type",
				"application/json")},
		call{name: "Connect in protobuf", body: request,
			fields: changed(grpcHeader(procedure), "content-type", "application/proto")})
	for i := range all {
		all[i].fresh = true
	}
	return all
}
