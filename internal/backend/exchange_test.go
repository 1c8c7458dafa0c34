package backend

import (
	"testing"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestACallThatGrpcGoHasHadIsNobodyElses has a call go on by grpc-go, whose reader may tell of a stream that ended by
// its context while the call's caller is at the next step, or has begun another message.
func TestACallThatGrpcGoHasHadIsNobodyElses(t *testing.T) {
	good := peertest.Start(t, peertest.Echo())
	bad := startFramed(t, func(fr *http2.Framer, stream uint32, _ int32) { trailers(fr, stream, codes.Unavailable) })
	b := get(t, WithLanes(loops), "connect", []Address{{Target: bad.Addr}, {Target: good.Addr}}, with(RoundRobin),
		func(o *Options) { o.RetryMethods = []message.Method{request(t, "x").Method()} })
	b.Connect()
	eventually(t, "each has a lane", func() bool {
		n := 0
		for _, e := range b.fleet.picker.Load().entries {
			if e.lanes.usable() != nil {
				n++
			}
		}
		return n == 2
	})
	for range 2 { // one of them gets to the one that can't
		c := newCaller(t.Context())
		var batch frames.Batch
		if !b.Start(&batch, &c.x, request(t, "x"), nil) {
			t.Fatal("no lane takes the call")
		}
		batch.Flush()
		if <-c.told; !c.x.Again {
			if !c.x.Reusable() {
				t.Error("what grpc-go never had isn't used again")
			}
			continue
		}
		c.x.GoOn(t.Context(), nil)
		if c.x.Err != nil {
			t.Error(c.x.Err)
		}
		began := c.x.call.start
		if b.Start(&batch, &c.x, request(t, "y"), nil) || c.x.Reusable() || c.x.call.start != began {
			t.Error("the call was used for another one")
		}
		return
	}
	t.Error("no call went on")
}
