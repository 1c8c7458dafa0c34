package app

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestCallsOfWhatIsNotThereAreToldInGRPC has a client of gRPC call methods that there aren't, by both ways.
func TestCallsOfWhatIsNotThereAreToldInGRPC(t *testing.T) {
	for _, relay := range []string{"auto", "off"} {
		r := start(t, Options{}, yamlFor(peertest.Start(t, named("a")).Addr, "  relay: "+relay))
		conn := grpcConn(t, r.addr)
		for _, method := range []string{
			"/fonoster.routr.processor.v2beta1.Processor/Nope", "/x.Y/Z", "/healthz", "/" + strings.Repeat("é", 3000),
		} {
			err := conn.Invoke(t.Context(), method, invite("1"), &routrpb.MessageResponse{})
			s := status.Convert(err)
			text, _, _ := strings.Cut(s.Message(), "…") // a long one is cut
			if s.Code() != codes.Unimplemented || len(text) < 20 || !strings.HasPrefix("unknown method "+method, text) {
				t.Errorf("relay %s: %.60s: %.200v", relay, method, err)
			}
		}
		if _, err := process(t.Context(), conn, invite("2")); err != nil {
			t.Errorf("relay %s: %v", relay, err)
		}
	}
}
