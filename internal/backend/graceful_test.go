package backend

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// ration is an HTTP/2 server that processes so many calls on a connection and then announces its end, as nginx does:
// what comes after them it passes over.
func ration(t *testing.T, calls int, processed func(body []byte)) (addr string) {
	t.Helper()
	return peertest.Serve(t, func(conn net.Conn) {
		defer conn.Close()
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := conn.Read(preface); err != nil {
			return
		}
		fr := http2.NewFramer(conn, conn)
		fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		_ = fr.WriteSettings() // a client that has gone shows up in ReadFrame
		bodies, begun := map[uint32]*bytes.Buffer{}, 0
		var last uint32
		for { // until the client has closed it: whoever closes first may lose what is under way
			frame, err := fr.ReadFrame()
			if err != nil {
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					_ = fr.WriteSettingsAck() // see above
				}
			case *http2.MetaHeadersFrame:
				if begun == calls {
					continue
				}
				begun, last = begun+1, frame.StreamID
				bodies[last] = &bytes.Buffer{}
				if begun == calls {
					_ = fr.WriteGoAway(last, http2.ErrCodeNo, nil) // see above
				}
			case *http2.DataFrame:
				body := bodies[frame.StreamID]
				if body == nil {
					continue
				}
				body.Write(frame.Data())
				if frame.StreamEnded() {
					delete(bodies, frame.StreamID)
					processed(body.Bytes()[5:])
					answer(fr, frame.StreamID)
				}
			}
		}
	})
}

// answer answers a stream with an empty message.
func answer(fr *http2.Framer, stream uint32) {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	_ = enc.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})                   // into memory
	_ = enc.WriteField(hpack.HeaderField{Name: "content-type", Value: "application/grpc"}) // see above
	_ = fr.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true})
	_ = fr.WriteData(stream, false, make([]byte, 5))
	block.Reset()
	_ = enc.WriteField(hpack.HeaderField{Name: "grpc-status", Value: "0"}) // see above
	_ = fr.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: true,
	})
}

// crowd calls b from many callers at once. None may fail.
func crowd(t *testing.T, b *Backend, callers, calls int) {
	t.Helper()
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for n := range calls {
				id := fmt.Sprintf("%d-%d", caller, n)
				if _, err := b.ask(t.Context(), request(t, id), nil, nil); err != nil {
					t.Errorf("call %s: %v", id, err)
				}
			}
		})
	}
	all.Wait()
}

func unharmed(t *testing.T, b *Backend) {
	t.Helper()
	for _, i := range b.Status().Instances {
		if i.Failures != 0 || i.State == stateEjected {
			t.Errorf("it counted against an instance: %+v", i)
		}
	}
}

func TestAnEndThatIsAnnouncedCostsNoCall(t *testing.T) {
	const callers, calls = 64, 25
	counted := func(t *testing.T, got map[string]int) {
		t.Helper()
		if len(got) != callers*calls {
			t.Errorf("%d calls arrived of %d", len(got), callers*calls)
		}
		for id, n := range got {
			if n != 1 {
				t.Errorf("call %s arrived %d times", id, n)
			}
		}
	}
	t.Run("after few calls, as nginx does", func(t *testing.T) {
		var mu sync.Mutex
		got := map[string]int{}
		b := newBackend(t, ration(t, 20, func(body []byte) {
			mu.Lock()
			defer mu.Unlock()
			got[string(wire(body).Str(callIDPlace, callIDField))]++
		}), func(o *Options) { o.NoHealthCheck, o.Timeout = true, time.Minute })
		crowd(t, b, callers, calls)
		mu.Lock()
		defer mu.Unlock()
		counted(t, got)
		unharmed(t, b)
	})
	t.Run("by age, as grpc-go does", func(t *testing.T) {
		var got deliveries
		peer := peertest.StartWith(t, peertest.Listen(t), got.handler(func() { time.Sleep(time.Millisecond) }),
			grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: 10 * time.Millisecond}))
		b := newBackend(t, peer.Addr, within(time.Minute))
		crowd(t, b, callers, calls)
		arrived := map[string]int{}
		got.Range(func(id, _ any) bool { arrived[id.(string)] = got.of(id.(string)); return true })
		counted(t, arrived)
		unharmed(t, b)
	})
}

// tallied is a listener that counts the connections that it took.
type tallied struct {
	net.Listener
	taken *atomic.Int32
}

func (l tallied) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.taken.Add(1)
	}
	return conn, err
}

func TestDialogsStayWhereTheyAreWhileConnectionsAreReplaced(t *testing.T) {
	before := replaceWithin
	replaceWithin = time.Minute // on a busy machine a connection isn't there in a quarter of a second
	t.Cleanup(func() { replaceWithin = before })
	var list []Address
	var taken atomic.Int32
	for range 2 {
		peer := peertest.StartWith(t, tallied{peertest.Listen(t), &taken}, peertest.Echo(),
			grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: 100 * time.Millisecond}))
		list = append(list, Address{Target: peer.Addr})
	}
	b := newBackend(t, "", func(o *Options) { o.Addrs, o.Timeout = list, time.Minute })
	b.Connect()
	eventually(t, "both are called", func() bool {
		return callOf(t, b, fmt.Sprint(time.Now().UnixNano())) != "" && b.Status().Instances[0].Calls > 0 &&
			b.Status().Instances[1].Calls > 0
	})
	first := placed(t, b, 100)
	for rounds, many := 0, taken.Load()+20; rounds < 10 || taken.Load() < many; rounds++ {
		for id, addr := range placed(t, b, 100) {
			if addr != first[id] {
				t.Errorf("%s went to %s, and before to %s", id, addr, first[id])
			}
		}
	}
	unharmed(t, b)
}

func TestConnectionsThatAreGoodForNothingAreMadeEverMoreSeldom(t *testing.T) {
	for name, how := range map[string]func(net.Conn){
		"ended at once": func(net.Conn) {},
		"ended at once, in good order": func(conn net.Conn) {
			fr := http2.NewFramer(conn, conn)
			_ = fr.WriteSettings()                      // the client may be gone
			_ = fr.WriteGoAway(0, http2.ErrCodeNo, nil) // see above
			_, _ = conn.Read(make([]byte, 1<<10))       // see above
		},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			made := 0
			addr := peertest.Serve(t, func(conn net.Conn) {
				defer conn.Close()
				mu.Lock()
				made++
				mu.Unlock()
				preface := make([]byte, len(http2.ClientPreface))
				_, _ = conn.Read(preface) // the client may be gone
				how(conn)
			})
			b := newBackend(t, addr)
			b.Connect()
			eventually(t, "it counts as failing", func() bool { return states(b)[stateFailing] == 1 })
			if _, err := b.ask(t.Context(), request(t, "x"), nil, nil); err == nil {
				t.Error("a call succeeded")
			}
			time.Sleep(300 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			if made > 10 {
				t.Errorf("%d connections were made", made)
			}
		})
	}
}
