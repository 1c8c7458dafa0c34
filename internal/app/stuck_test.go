package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// settingsAndSilence speaks as much HTTP/2 as a connection needs to be ready, and then neither reads nor writes.
func settingsAndSilence(conn net.Conn) {
	preface := make([]byte, len(http2.ClientPreface))
	framer := http2.NewFramer(conn, conn)
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	if _, err := framer.ReadFrame(); err == nil {
		_ = framer.WriteSettings() // the connection may be over
		_ = framer.WriteSettingsAck()
	}
}

// TestAStuckProcessorKeepsNobodyElseWaiting has messages for a processor that is stuck in flight, small and large
// ones, while others are answered.
func TestAStuckProcessorKeepsNobodyElseWaiting(t *testing.T) {
	for name, addr := range map[string]func(*testing.T) string{
		"it says nothing":  func(t *testing.T) string { return peertest.BlackHole(t) },
		"it stops reading": func(t *testing.T) string { return peertest.Serve(t, settingsAndSilence) },
		"it never answers": func(t *testing.T) string {
			return peertest.Start(t, func(ctx context.Context, _ []byte) ([]byte, error) {
				<-ctx.Done()
				return nil, status.FromContextError(ctx.Err()).Err()
			}).Addr
		},
		"it resets every connection": func(t *testing.T) string { return peertest.Serve(t, peertest.Reset) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dispatcher.yaml")
			write(t, path, fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: test
spec:
  bindAddr: 127.0.0.1:0
  processors:
    - {ref: stuck, addr: "%s", matchFunc: req => true, methods: [INVITE], timeout: 1s}
    - {ref: good, addr: "%s", matchFunc: req => true, methods: [MESSAGE]}`, addr(t),
				peertest.Start(t, named("good")).Addr))
			s := serveFile(t, path)
			c := s.client(t)
			var stuck sync.WaitGroup
			for i := range 40 {
				stuck.Go(func() {
					req := invite(fmt.Sprintf("stuck-%d", i))
					if i%4 == 0 {
						req.Message.Body = strings.Repeat("x", 300<<10)
					}
					_, err := c.process(context.Background(), req)
					if code := status.Code(err); code != codes.DeadlineExceeded && code != codes.Unavailable {
						t.Errorf("a message for the one that is stuck: %v", err)
					}
				})
			}
			for i := range 40 {
				req := invite(fmt.Sprintf("good-%d", i))
				req.Method = routrpb.Method_MESSAGE
				answer, err := c.process(t.Context(), req)
				if err != nil || answer.GetMetadata()["by"] != "good" {
					t.Fatalf("a message for the other one: %v, %v", answer, err)
				}
			}
			stuck.Wait()
			eventually(t, "nothing is in flight", func() bool {
				return s.limiter.InFlight() == 0 && s.budget.Used() == 0
			})
		})
	}
}

// TestAStuckEdgePortGivesBackWhatItHolds has an EdgePort send messages and take no answer: neither its own calls nor
// the memory that they hold last.
func TestAStuckEdgePortGivesBackWhatItHolds(t *testing.T) {
	big := wire(t, &routrpb.MessageResponse{Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_OK},
		Body:        strings.Repeat("x", 1<<20),
	}})
	peer := peertest.Start(t, func(_ context.Context, request []byte) ([]byte, error) {
		if strings.HasPrefix(refOf(t, request), "stuck") {
			return big, nil
		}
		return named("good")(t.Context(), request)
	})
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	write(t, path, yamlFor(peer.Addr, "  limits: {writeTimeout: 500ms}"))
	s := serveFile(t, path)
	const calls = 10
	for name, window := range map[string][]http2.Setting{
		"no room in its streams": {{ID: http2.SettingInitialWindowSize, Val: 0}},
		"it stops reading":       {{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := peertest.Dial(t, s.Addr().String())
			for i := range calls {
				sendStuck(t, conn, i, window)
			}
			eventually(t, "its calls hold answers", func() bool { return s.budget.Used() > int64(len(big)) })
			for i := range 20 {
				if got := s.client(t).by(t, fmt.Sprintf("good-%d", i)); got != "good" {
					t.Errorf("%q answered a neighbour", got)
				}
			}
			eventually(t, "nothing is held any more", func() bool { return s.budget.Used() == 0 })
		})
	}
}

// sendStuck sends a call as an HTTP/2 client whose settings say how much it takes, and reads nothing.
func sendStuck(t *testing.T, conn net.Conn, n int, settings []http2.Setting) {
	t.Helper()
	framer := http2.NewFramer(conn, conn)
	if n == 0 {
		if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
			t.Fatal(err)
		}
		if err := framer.WriteSettings(settings...); err != nil {
			t.Fatal(err)
		}
		if err := framer.WriteWindowUpdate(0, 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	var block strings.Builder
	encoder := hpack.NewEncoder(&block)
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":authority", "test"},
		{":path", routrpbconnect.ProcessorProcessMessageProcedure}, {"te", "trailers"},
		{"content-type", "application/grpc"},
	} {
		if err := encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			t.Fatal(err)
		}
	}
	stream := uint32(2*n + 1)
	headers := http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte(block.String()), EndHeaders: true}
	if err := framer.WriteHeaders(headers); err != nil {
		t.Fatal(err)
	}
	request := wire(t, invite(fmt.Sprintf("stuck-%d-%d", n, time.Now().UnixNano())))
	message := append([]byte{0, 0, 0, byte(len(request) >> 8), byte(len(request))}, request...)
	if err := framer.WriteData(stream, true, message); err != nil {
		t.Fatal(err)
	}
}
