package app

import (
	"context"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestALargeMessageThatFindsNoTurnIsAnsweredInSIP has a processor keep large messages until one more is refused.
func TestALargeMessageThatFindsNoTurnIsAnsweredInSIP(t *testing.T) {
	const atOnce = 16 // package dispatch lets in so many
	arrived, release := make(chan struct{}, atOnce), make(chan struct{})
	peer := peertest.Start(t, func(ctx context.Context, req []byte) ([]byte, error) {
		arrived <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return peertest.Echo()(ctx, req)
	})
	conn := grpcConn(t, start(t, Options{}, yamlFor(peer.Addr+"\n      timeout: 60s", "  answerFailures: true")).addr)
	large := func(ref string) *routrpb.MessageRequest {
		req := invite(ref)
		req.Message.Body = strings.Repeat("x", 20<<10)
		return req
	}
	ended := make(chan error, atOnce)
	for range atOnce {
		go func() {
			_, err := process(t.Context(), conn, large("first"))
			ended <- err
		}()
	}
	for range atOnce {
		<-arrived
	}
	answer, err := process(t.Context(), conn, large("second"))
	extensions := answer.GetMessage().GetExtensions()
	if err != nil || answer.GetMessage().GetResponseType() != routrpb.ResponseType_SERVICE_UNAVAILABLE ||
		len(extensions) != 1 || extensions[0].GetName() != "Retry-After" {
		t.Errorf("one too many is answered with %v, %v", answer, err)
	}
	close(release)
	for range atOnce {
		if err := <-ended; err != nil {
			t.Errorf("one that had its turn: %v", err)
		}
	}
}
