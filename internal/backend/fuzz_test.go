package backend

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// FuzzLane answers a call on a lane with all sorts of frames: the call is told once, and nothing is left of the lane
// when the instance has hung up.
func FuzzLane(f *testing.F) {
	for _, s := range []string{
		"\x00\x00\x00\x03\x00\x10\x00\x01", "\x10\x00\x02", "\x00\x00\x03\x03\x00\x03\x00", "\x06\x00\x00\x00\x00\x07",
		"\x09\x00\x00\x00\x00\x00", "\x02\x00\x00\x03\x13\x00", "\x08\x0e\xff",
		"\x47\x00\x04\x00\x00\x00\x00\x00\x05\x00\x00\x40",
		"\x0a\xf8\x7f\xff\xff\xff\x0e\x02", "\x00\x00\x04\x03\x00\x10\x00\x01", "\x0d\x10HTTP/1.1 400 Bad",
		"\x0f\x00\x05\x88\xff\xff\xff\xff",
	} {
		f.Add([]byte(s))
	}
	peer := peertest.Start(f, peertest.Echo())
	pool := WithLanes(loops)
	b, err := pool.Get(Options{Ref: "one", Role: Processor, Addrs: []Address{{Target: peer.Addr}},
		Timeout: time.Second})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = b.Close() }) // the test is over
	b.Connect()
	if !b.awaitLane(30 * time.Second) {
		f.Fatal("there is no lane")
	}
	i := b.fleet.picker.Load().entries[0].instance
	good := i.lanes.open.Load()
	req := request(f, "call")
	answer := []byte{0, 0, 0, 0, 4, 0x12, 2, 8, 7}
	script := &peertest.Script{First: 1, Message: answer, Blocks: [][]byte{
		peertest.Literal(":status", "200", "content-type", "application/grpc"),
		peertest.Literal("grpc-status", "0"),
		peertest.Literal(":status", "200", "content-type", "application/grpc", "grpc-status", "9", "grpc-message",
			"no"),
		peertest.Literal(":status", "103"),
		peertest.Literal(":status", "404", "content-type", "text/html"),
		peertest.Literal("grpc-status", "x", "grpc-status-details-bin", "!"),
	}}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4<<10 {
			return
		}
		l, over := fuzzed(t, b.fleet, i, script.Frames(text))
		i.lanes.open.Store(l)
		k := newCaller(context.Background())
		got, failed := k.ask(b, req, nil, &Made{})
		if failed == nil && len(got) == 0 {
			t.Error("an answer of nothing")
		}
		i.lanes.open.Store(good)
		over()
		if len(k.told) != 0 {
			t.Error("the call was told twice")
		}
	})
}

// fuzzed is a lane whose other end says something once it has got a request, and hangs up.
func fuzzed(t *testing.T, f *fleet, i *instance, says []byte) (l *lane, over func()) {
	t.Helper()
	listener := peertest.Listen(t)
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	l = &lane{
		link: &link{since: time.Now()}, common: f.common(i),
		of: &i.lanes, left: make(chan struct{}),
	}
	l.conn = frames.NewClient(near, frames.Options{HeaderBytes: answerHeaders, WriteTimeout: time.Second})
	f.clock.watch(l)
	var both sync.WaitGroup
	both.Go(func() { _ = l.conn.Serve(&frames.Batch{}) }) // its call is told
	both.Go(func() {
		defer far.Close()
		var read bytes.Buffer
		for piece := make([]byte, 4<<10); !bytes.Contains(read.Bytes(), []byte("call")); {
			n, err := far.Read(piece)
			if err != nil {
				return
			}
			read.Write(piece[:n])
		}
		go func() { _, _ = io.Copy(io.Discard, far) }()                      // until it is closed
		_, _ = far.Write(append([]byte{0, 0, 0, 4, 0, 0, 0, 0, 0}, says...)) // it may be cut off
	})
	return l, func() {
		far.Close() // ends both
		l.conn.Close()
		both.Wait()
		f.clock.unwatch(l)
	}
}
