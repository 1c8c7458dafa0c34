package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// entries is metadata of so many entries.
func entries(n int) map[string][]string {
	md := map[string][]string{}
	for i := range n {
		md[fmt.Sprint("x-", i)] = []string{"v"}
	}
	return md
}

func large(size int) map[string][]string {
	return map[string][]string{"x-small": {"v"}, "x-large": {strings.Repeat("m", size)}}
}

func TestMetadataThatAnInstanceDoesNotTakeIsTheCallersFault(t *testing.T) {
	says := func(most uint32) func(t *testing.T) string {
		return func(t *testing.T) string {
			return peertest.StartWith(t, peertest.Listen(t), peertest.Echo(), grpc.MaxHeaderListSize(most)).Addr
		}
	}
	calm := func(t *testing.T) string { // as Node does where there are many entries
		return startFramed(t, func(fr *http2.Framer, stream uint32, _ int32) {
			_ = fr.WriteRSTStream(stream, http2.ErrCodeEnhanceYourCalm) // a client that has gone shows up in ReadFrame
		}).Addr
	}
	for name, c := range map[string]struct {
		start func(t *testing.T) string
		md    map[string][]string
		says  []string
	}{
		"it says how much it takes": {says(8192), large(12000), []string{`"x-large"`, "8192 bytes at most", "connect"}},
		"it takes little":           {says(1024), large(2000), []string{`"x-large"`, "1024 bytes at most"}},
		"it says nothing": {
			func(t *testing.T) string { return peertest.Start(t, peertest.Echo()).Addr },
			large(headersTaken), []string{`"x-large"`, "8192 bytes at most"},
		},
		"binary metadata is larger encoded": {
			says(8192), map[string][]string{"x-bin": {strings.Repeat("m", 7000)}},
			[]string{`"x-bin"`, "8192 bytes at most"},
		},
		"it resets the stream": {calm, entries(150), []string{"150 entries", "does not take"}},
		"the key is longer than its value": {
			says(8192), map[string][]string{strings.Repeat("k", 9000): {"v"}}, []string{"8192 bytes at most", "kkk…"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newFleetOf(t, []Address{{Target: c.start(t)}, {Target: c.start(t)}})
			for n := range 30 {
				_, err := b.ask(t.Context(), request(t, fmt.Sprint("call-", n)), c.md, nil)
				var failed *status.Error
				if !errors.As(err, &failed) || failed.Code != status.ResourceExhausted {
					t.Fatalf("call %d: %v", n, err)
				}
				for _, part := range c.says {
					if !strings.Contains(failed.Message, part) || len(failed.Message) > 300 {
						t.Fatalf("%q doesn't say %q", failed.Message, part)
					}
				}
			}
			unharmed(t, b)
		})
	}
}

func TestMetadataThatAnInstanceTakesArrives(t *testing.T) {
	for name, c := range map[string]struct {
		opts []grpc.ServerOption
		size int
	}{
		"it says that it takes much": {[]grpc.ServerOption{grpc.MaxHeaderListSize(64 << 10)}, 60000},
		"it says nothing":            {nil, 7000},
	} {
		t.Run(name, func(t *testing.T) {
			peer := peertest.StartWith(t, peertest.Listen(t), peertest.Echo(), c.opts...)
			if _, err := newBackend(t, peer.Addr).ask(t.Context(), request(t, "x"), large(c.size), nil); err != nil {
				t.Fatal(err)
			}
			if got := peer.Calls()[0].Metadata.Get("x-large"); len(got) != 1 || got[0] != large(c.size)["x-large"][0] {
				t.Errorf("%d values arrived, the first of %d bytes", len(got), len(got[0]))
			}
		})
	}
}

func TestAConnectionThatBreaksCountsOnceHoweverManyCallsItTakesAlong(t *testing.T) {
	const calls = 20
	bad := startFramed(t, func(fr *http2.Framer, stream uint32, n int32) {
		if n == calls {
			// a connection error for the client
			_ = fr.WriteRawFrame(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 0, nil)
		}
	})
	b := newFleetOf(t, []Address{{Target: bad.Addr}, {Target: peertest.Start(t, peertest.Echo()).Addr}},
		with(RoundRobin))
	var all sync.WaitGroup
	for n := range 2 * calls {
		all.Go(func() { _, _ = b.ask(t.Context(), request(t, fmt.Sprint(n)), nil, nil) }) // half of them fail
	}
	all.Wait()
	for _, i := range b.Status().Instances {
		if i.Addr == bad.Addr && (i.Failures != 1 || i.State == stateEjected) {
			t.Errorf("it is shown as %+v", i)
		}
	}
}

func TestAnInstanceThatSaysTheCallersTimeIsOverDidNothingWrong(t *testing.T) {
	c := &call{caller: t.Context(), backend: &Backend{}, hurried: true, start: time.Now(), limit: time.Second}
	c.answered.Store(true)
	if got := c.outcome(grpcstatus.Error(codes.DeadlineExceeded, "late")); got != nothing {
		t.Errorf("it counts as %d", got)
	}
	c.hurried = false
	if c.outcome(grpcstatus.Error(codes.DeadlineExceeded, "late")) != unavailable {
		t.Error("a deadline that wasn't the caller's doesn't count")
	}
}

func TestMetadataThatHangsAnInstanceDoesNotCountAgainstIt(t *testing.T) {
	addr := peertest.Serve(t, func(conn net.Conn) {
		fr := http2.NewFramer(conn, conn)
		_ = fr.WriteSettings(http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: 1 << 20}) // the client may be gone
		for buf := make([]byte, 4<<10); ; {
			if _, err := conn.Read(buf); err != nil {
				return
			}
		}
	})
	b := newBackend(t, addr, within(20*time.Millisecond), func(o *Options) { o.NoHealthCheck = true })
	for range 3 {
		_, err := b.ask(context.Background(), request(t, "x"), large(100<<10), nil)
		var failed *status.Error
		if !errors.As(err, &failed) || failed.Code != status.DeadlineExceeded {
			t.Fatal(err)
		}
	}
	unharmed(t, b)
}
