package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestNothingFromTheWireNamesAMetric sends nonsense in every field, header and code that could become a label: never
// the same twice, and still there are no more series than after the first.
func TestNothingFromTheWireNamesAMetric(t *testing.T) {
	peer := peertest.Start(t, func(_ context.Context, request []byte) ([]byte, error) {
		req, err := message.Parse(request)
		if err != nil {
			return nil, err
		}
		var n int
		if _, err := fmt.Sscanf(req.Ref(), "nonsense-%d", &n); err != nil {
			return nil, err
		}
		return nil, status.Error(codes.Code(n), fmt.Sprint("code ", n))
	})
	r := start(t, Options{}, yamlFor(peer.Addr))
	conn := grpcConn(t, r.addr)
	send := func(n int) {
		id := fmt.Sprintf("nonsense-%d", n)
		number := int32(n)
		for _, method := range []routrpb.Method{
			routrpb.Method(number), routrpb.Method(-number), routrpb.Method_INVITE,
		} {
			req := invite(id)
			req.Method, req.EdgePortRef, req.Metadata = method, id, map[string]string{id: id}
			req.Sender = &routrpb.NetInterface{Host: id, Port: number, Transport: routrpb.Transport(number)}
			req.Message.ReasonPhrase = id
			if n%2 == 1 {
				req.Message.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType(number)}
			}
			ctx := metadata.AppendToOutgoingContext(t.Context(), "x-"+id, id)
			if _, err := process(ctx, conn, req); status.Code(err) == codes.OK {
				t.Errorf("message %d was answered", n)
			}
		}
		var none []byte
		path := routrpbconnect.ProcessorProcessMessageProcedure
		_ = conn.Invoke(t.Context(), path+id, &none, &none, grpc.ForceCodecV2(bytesCodec{})) // there is no such method
		garbage := []byte(id)
		if err := conn.Invoke(t.Context(), path, &garbage, &none,
			grpc.ForceCodecV2(bytesCodec{})); status.Code(err) != codes.InvalidArgument {
			t.Errorf("garbage gives %v", err)
		}
	}
	send(1000)
	send(1001)
	before := series(t, r.addr)
	for n := 1002; n < 1200; n++ {
		send(n)
	}
	if after := series(t, r.addr); after != before {
		t.Errorf("%d series have become %d", before, after)
	}
}

// series counts the lines of the metrics that are the dispatcher's own.
func series(t *testing.T, addr string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(text), "routr_dispatcher_backend_failures_total") {
		t.Fatalf("%v, without the backends:\n%s", err, text)
	}
	return strings.Count(string(text), "\nroutr_")
}
