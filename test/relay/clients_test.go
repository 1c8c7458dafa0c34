package relay

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// rawCodec hands bytes over.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// grpcClient connects as an EdgePort does.
func grpcClient(t testing.TB, addr string, secure credentials.TransportCredentials) *grpc.ClientConn {
	t.Helper()
	client, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(secure),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() }) // often closed before
	return client
}

// invoke makes a call, and returns all that the client tells of it.
func invoke(ctx context.Context, client *grpc.ClientConn, request []byte, opts ...grpc.CallOption) string {
	var header, trailer metadata.MD
	var answer []byte
	err := client.Invoke(ctx, procedure, &request, &answer, append(opts, grpc.Header(&header),
		grpc.Trailer(&trailer))...)
	delete(header, "date")
	return fmt.Sprintf("%q\n%s\n%s\n%v", answer, told(header), told(trailer),
		prototext.Format(status.Convert(err).Proto()))
}

func told(md metadata.MD) string {
	var lines []string
	for key, values := range md {
		lines = append(lines, fmt.Sprintf("%s=%q", key, values))
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

// TestClientsOfGRPCAreServedAlike uses grpc-go as a client, in clear text.
func TestClientsOfGRPCAreServedAlike(t *testing.T) {
	n := startNetwork(t)
	compare(t, n, n.spec(t), func(t *testing.T, s *side) map[string]string {
		return grpcCalls(t, grpcClient(t, s.addr, insecure.NewCredentials()))
	})
}

// TestClientsOverTLSAreServedAlike uses grpc-go as a client, over TLS.
func TestClientsOverTLSAreServedAlike(t *testing.T) {
	n, dir := startNetwork(t), t.TempDir()
	peertest.Certificate(t, dir, "server")
	secure, err := credentials.NewClientTLSFromFile(dir+"/server.crt", "")
	if err != nil {
		t.Fatal(err)
	}
	spec := n.spec(t, fmt.Sprintf("tls: {cert: %q, key: %q}", dir+"/server.crt", dir+"/server.key"))
	before := http.DefaultTransport.(*http.Transport).TLSClientConfig
	http.DefaultTransport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // it is ours
	defer func() { http.DefaultTransport.(*http.Transport).TLSClientConfig = before }()
	compare(t, n, spec, func(t *testing.T, s *side) map[string]string {
		s.scheme = "https"
		return grpcCalls(t, grpcClient(t, s.addr, secure))
	})
}

func grpcCalls(t *testing.T, client *grpc.ClientConn) map[string]string {
	t.Helper()
	defer client.Close()
	answers := map[string]string{}
	for i, request := range traffic(t)[:200] {
		md := metadata.Pairs("x-number", fmt.Sprint(i), "x-some-bin", string([]byte{0, byte(i), 0xff}), "x-twice",
			"a", "x-twice", "b")
		answers[fmt.Sprint("traffic ", i)] = invoke(metadata.NewOutgoingContext(t.Context(), md), client, request)
	}
	for _, do := range []string{"code:5:nobody", "details:3", "raw:ffff", "header:x", "long:60000", "response:OK"} {
		answers[do] = invoke(t.Context(), client, doing(do, "real", do))
	}
	answers["gzip"] = invoke(t.Context(), client, invite("gzip"), grpc.UseCompressor(gzip.Name))
	answers["json"] = invoke(t.Context(), client, []byte(`{"ref":"a","message":{"requestUri":{}}}`),
		grpc.CallContentSubtype("json"))
	answers["large"] = invoke(t.Context(), client, make([]byte, maxMessage+1))
	for _, to := range []string{"refuses", "throws", "nobody"} {
		answers[to] = invoke(t.Context(), client, doing(to, to, ""))
	}
	return answers
}

// TestOtherProtocolsAreServedAlike uses Connect and gRPC-Web, over HTTP/1.1 and over HTTP/2, and the side door.
func TestOtherProtocolsAreServedAlike(t *testing.T) {
	n := startNetwork(t)
	requests := traffic(t)[:20]
	compare(t, n, n.spec(t), func(t *testing.T, s *side) map[string]string {
		answers := map[string]string{}
		for _, version := range []int{1, 2} {
			client := httpClient(version)
			for i, request := range requests {
				for kind, body := range map[string][]byte{
					"application/proto": request, "application/grpc-web+proto": enveloped(0, request),
					"application/grpc": enveloped(0, request),
				} {
					answers[fmt.Sprint(kind, " by HTTP/", version, " ", i)] = post(t, client, s.addr, kind, body)
				}
			}
			for _, do := range []string{"code:5:nobody", "details:3", "long:200000"} {
				for _, kind := range []string{"application/proto", "application/grpc-web+proto"} {
					body := doing(do, "real", do)
					if kind != "application/proto" {
						body = enveloped(0, body)
					}
					answers[fmt.Sprint(kind, " by HTTP/", version, " ", do)] = post(t, client, s.addr, kind, body)
				}
			}
			client.CloseIdleConnections()
		}
		return answers
	})
}

func httpClient(version int) *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
	transport.Protocols.SetHTTP1(version == 1)
	transport.Protocols.SetUnencryptedHTTP2(version == 2)
	return &http.Client{Transport: transport}
}

// post sends a body, and returns all that comes back.
func post(t *testing.T, client *http.Client, addr, kind string, body []byte) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+procedure, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Kept", "yes")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Header.Del("Date")
	return fmt.Sprintf("%s %s\n%s\n%q\n%s", resp.Proto, resp.Status, told(metadata.MD(resp.Header)), text,
		told(metadata.MD(resp.Trailer)))
}
