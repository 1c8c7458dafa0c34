package server

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// wide opens a stream whose header has n bytes in one field, or in fields of a kB each.
func (f framed) wide(t *testing.T, id uint32, n, fieldBytes int) {
	t.Helper()
	var block strings.Builder
	headers := hpack.NewEncoder(&block)
	headers.SetMaxDynamicTableSize(0)
	fields := [][2]string{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "x"}}
	for ; n > 0; n -= fieldBytes {
		fields = append(fields, [2]string{"x-wide", strings.Repeat("~", min(n, fieldBytes))}) // which doesn't shrink
	}
	for _, h := range fields {
		if err := headers.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}); err != nil {
			t.Fatal(err)
		}
	}
	const piece = 16 << 10
	rest := block.String()
	first := rest[:min(len(rest), piece)]
	rest = rest[len(first):]
	if err := f.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: []byte(first), EndHeaders: rest == "", EndStream: true,
	}); err != nil {
		t.Fatal(err)
	}
	for rest != "" {
		part := rest[:min(len(rest), piece)]
		rest = rest[len(part):]
		if err := f.WriteContinuation(id, rest == "", []byte(part)); err != nil {
			return // the server has ended the connection
		}
	}
}

// TestAWideHeaderIsRefusedAlone goes from the limit to where net/http ends the connection.
func TestAWideHeaderIsRefusedAlone(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			<-release
		}
		_, _ = io.WriteString(w, "ok")
	})})
	f := frames(t, peertest.Dial(t, s.Addr().String()))
	f.begin(t, 1)
	decoder := hpack.NewDecoder(4096, nil) // which learns from every header
	answer := func(id uint32) (status string) {
		f.until(t, "an answer", func(frame http2.Frame) bool {
			h, ok := frame.(*http2.HeadersFrame)
			if !ok {
				return false
			}
			fields, err := decoder.DecodeFull(h.HeaderBlockFragment())
			if err != nil {
				t.Fatal(err)
			}
			status = fields[0].Value
			return h.StreamID == id
		})
		return status
	}
	id := uint32(3)
	for n, want := range map[int]string{
		60 << 10: "200", 66 << 10: "431", 100 << 10: "431", 130 << 10: "431", 200 << 10: "431",
	} {
		for _, field := range []int{1 << 10, 1 << 20} {
			f.wide(t, id, n, field)
			if got := answer(id); got != want {
				t.Errorf("%d bytes in fields of %d: status %s", n, field, got)
			}
			id += 2
		}
	}
	close(release)
	if got := answer(1); got != "200" {
		t.Errorf("the call beside them: status %s", got)
	}
}

func TestAGRPCCallWithAWideHeaderIsToldSo(t *testing.T) {
	s := serve(t, Options{Handler: empty})
	client, err := grpc.NewClient(s.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(nothing{})))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for n, want := range map[int]codes.Code{
		60 << 10: codes.OK, 70 << 10: codes.ResourceExhausted, 200 << 10: codes.ResourceExhausted,
	} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "x-wide", strings.Repeat("x", n))
		if err := client.Invoke(ctx, "/a/b", nil, nil); status.Code(err) != want ||
			err != nil && !strings.Contains(err.Error(), "larger than 65536 bytes") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
