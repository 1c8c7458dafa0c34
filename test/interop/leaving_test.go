//go:build interop

package interop

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// Node announces the end of a connection on which 1,000 streams were reset at once.
func TestCallersThatLeaveByTheThousandCostOthersNothing(t *testing.T) {
	const callers = 2000
	p := startPeers(t, routr("connect", "hold"))
	conn, request := dial(t,
		startDispatcher(t, spec{Processors: []processor{p.processor("connect")}}).addr), typedInvite(t)
	call := func(ctx context.Context, id string) error {
		sent := proto.CloneOf(request)
		sent.Ref, sent.Message.CallId.CallId, sent.Message.Via[0].Branch = id, id, "z9hG4bK"+id
		return conn.Invoke(ctx, "/"+processorService+"/ProcessMessage", sent, &routrpb.MessageResponse{})
	}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() {
			if err := call(ctx, fmt.Sprint(n)); status.Code(err) != codes.Canceled {
				t.Errorf("a caller that left: %v", err)
			}
		})
	}
	bystander := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		defer cancel()
		bystander <- call(ctx, "bystander")
	}()
	for range callers + 1 {
		p.await(t, "call")
	}
	leave()
	all.Wait()
	p.await(t, "cancelled") // it noticed that they left
	p.seen(t)               // and had time for all that came with it
	p.release(t)
	for {
		select {
		case <-p.reports: // of the others' ends, which it can't go on without
		case err := <-bystander:
			if err != nil {
				t.Errorf("a bystander: %v", err)
			}
			return
		}
	}
}
