package app

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestAMessageThatOutlastsTheDrainIsEnded stops a dispatcher with a message in flight whose processor doesn't answer:
// the processor is told that nobody waits, and nothing stays behind of what the configuration held.
func TestAMessageThatOutlastsTheDrainIsEnded(t *testing.T) {
	for _, relay := range []string{"auto", "off"} {
		t.Run(relay, func(t *testing.T) {
			reached, left := make(chan struct{}), make(chan struct{})
			processor := peertest.Start(t, func(ctx context.Context, request []byte) ([]byte, error) {
				var req routrpb.MessageRequest
				if err := proto.Unmarshal(request, &req); err != nil {
					return nil, err
				}
				if req.GetRef() == "last" {
					close(reached)
					<-ctx.Done()
					close(left)
					return nil, ctx.Err()
				}
				return proto.Marshal(&routrpb.MessageResponse{Message: req.GetMessage()})
			})
			r := start(t, Options{DrainTimeout: time.Millisecond}, yamlFor(processor.Addr, "  relay: "+relay))
			conn, err := grpc.NewClient(r.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			c := routrpbClient{conn}
			for range 50 { // by then there is a lane, where there are any
				if _, err := c.process(t.Context(), invite("before")); err != nil {
					t.Fatal(err)
				}
			}
			answered := make(chan error, 1)
			go func() {
				_, err := c.process(context.Background(), invite("last"))
				answered <- err
			}()
			<-reached
			if err := r.stop(); err == nil {
				t.Error("it says that every message was answered")
			}
			if err := <-answered; err == nil {
				t.Error("the message was answered")
			}
			<-left
			closed(t)
		})
	}
}

// closed waits until nobody is closing what a configuration held.
func closed(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 8<<20)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		all := stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(all), "app.(*Pipeline).Close") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("what the configuration held isn't closed:\n%s", all)
		}
	}
}
