package hostile

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// trick is how a processor attacks. Each part that is nil is done as it should be.
type trick struct {
	settings []http2.Setting
	preface  func(c *foeConn)            // instead of all HTTP/2 on a connection
	later    bool                        // preface is for all connections but the first, which grpc-go's is
	greets   func(c *foeConn)            // after SETTINGS
	begins   func(c *foeConn, id uint32) // when the head of a call came
	answers  func(c *foeConn, id uint32) // when all of it came
	secure   bool                        // over TLS
	body     int                         // of the messages that it gets; 0 for a little

	ends  []string // what may come of a call
	fault verdict
}

// verdict is whether an instance that does so is ejected.
type verdict string

const (
	guilty   verdict = "guilty"
	innocent verdict = "innocent"
	either   verdict = "either"
)

// foe is a processor that does a trick.
type foe struct {
	addr string
	does *trick
	tls  *tls.Config

	mu    sync.Mutex
	stop  bool
	conns []net.Conn
	wait  sync.WaitGroup
}

// start lets it serve until it is ended.
func (f *foe) start(t *testing.T) {
	t.Helper()
	listener := peertest.Listen(t)
	f.addr = listener.Addr().String()
	f.wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns = append(f.conns, conn)
			n, stop := len(f.conns), f.stop
			f.mu.Unlock()
			if stop {
				conn.Close()
				continue
			}
			f.wait.Go(func() { f.serve(conn, n) })
		}
	})
	t.Cleanup(func() {
		f.end()
		listener.Close()
		f.wait.Wait()
	})
}

// end closes what there is, and whatever comes.
func (f *foe) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stop = true
	for _, conn := range f.conns {
		conn.Close()
	}
}

func (f *foe) ended() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stop
}

// met is how many connections were made.
func (f *foe) met() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns)
}

// foeConn is a connection to one. Whoever writes has mu, which the reader has while it handles a frame.
type foeConn struct {
	net.Conn
	raw net.Conn      // below TLS
	out *bufio.Writer // of Conn
	*wireOf
	mu    sync.Mutex
	foe   *foe
	calls int // that came whole

	messages map[uint32][]byte // what came of calls, with prefix
}

// wireOf writes frames. Errors are those of a peer that has enough of it.
type wireOf struct {
	*http2.Framer
	coder *hpack.Encoder
	coded bytes.Buffer
	err   error
}

func (w *wireOf) try(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (f *foe) serve(conn net.Conn, n int) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute)) // it is open
	c := &foeConn{Conn: conn, raw: conn, foe: f, messages: map[uint32][]byte{}}
	if f.does.preface != nil && (n > 1 || !f.does.later) && !f.does.secure {
		f.does.preface(c)
		return
	}
	if f.tls != nil {
		c.Conn = tls.Server(conn, f.tls)
	}
	c.out = bufio.NewWriterSize(c.Conn, 64<<10)
	c.wireOf = &wireOf{Framer: http2.NewFramer(c.out, c.Conn)}
	c.coder = hpack.NewEncoder(&c.coded)
	c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.AllowIllegalWrites = true
	if _, err := io.ReadFull(c.Conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	c.try(c.WriteSettings(f.does.settings...))
	if f.does.greets != nil {
		f.does.greets(c)
	}
	c.try(c.out.Flush())
	for {
		frame, err := c.ReadFrame()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.handle(frame)
		c.try(c.out.Flush())
		c.mu.Unlock()
	}
}

// handle is called with mu held.
func (c *foeConn) handle(frame http2.Frame) {
	id := frame.Header().StreamID
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			c.try(c.WriteSettingsAck())
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			c.try(c.WritePing(true, f.Data))
		}
	case *http2.MetaHeadersFrame:
		if f.PseudoValue("path") != routrpbconnect.ProcessorProcessMessageProcedure { // health
			c.block(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "12")
			return
		}
		c.messages[id] = []byte{}
		if c.foe.does.begins != nil {
			c.foe.does.begins(c, id)
		}
	case *http2.DataFrame:
		if c.messages[id] == nil {
			return
		}
		if c.foe.does.settings == nil {
			c.try(c.WriteWindowUpdate(0, max(1, f.Length)))
		}
		c.messages[id] = append(c.messages[id], f.Data()...)
		if f.StreamEnded() {
			c.calls++
			c.act(id)
			delete(c.messages, id)
		}
	}
}

func (c *foeConn) act(id uint32) {
	if c.foe.does.answers != nil {
		c.foe.does.answers(c, id)
		return
	}
	c.reply(id)
}

// later does something after a while, once nobody else writes.
func (c *foeConn) later(pause time.Duration, do func()) {
	c.foe.wait.Go(func() {
		time.Sleep(pause)
		c.mu.Lock()
		defer c.mu.Unlock()
		do()
		c.try(c.out.Flush())
	})
}

// leave closes the connection, once all calls are answered.
func (c *foeConn) leave() {
	c.later(50*time.Millisecond, func() {
		if len(c.messages) > 0 {
			c.leave()
			return
		}
		c.Close()
	})
}

// flood does something until the peer has enough of it, or more often than the dispatcher takes within a second.
func (c *foeConn) flood(do func()) {
	for n := 0; n < 12_000 && c.err == nil; n++ {
		do()
	}
}

// echo is the answer to a call: its message, with the prefix.
func (c *foeConn) echo(id uint32) []byte {
	var request routrpb.MessageRequest
	if body := c.messages[id]; len(body) >= 5 {
		_ = proto.Unmarshal(body[5:], &request) // what isn't one is answered with nothing
	}
	answer, err := proto.Marshal(&routrpb.MessageResponse{Message: request.GetMessage()})
	c.try(err)
	return enveloped(0, answer)
}

// reply answers a call as it should be.
func (c *foeConn) reply(id uint32) {
	c.head(id)
	c.data(id, c.echo(id))
	c.trailers(id)
}

func (c *foeConn) encode(fields ...string) []byte {
	c.coded.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = c.coder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // to memory
	}
	return bytes.Clone(c.coded.Bytes())
}

func (c *foeConn) block(id uint32, end bool, fields ...string) {
	block := c.encode(fields...)
	first := block[:min(len(block), 16<<10)]
	c.try(c.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, EndStream: end, EndHeaders: len(first) == len(block), BlockFragment: first,
	}))
	for block = block[len(first):]; len(block) > 0; {
		part := block[:min(len(block), 16<<10)]
		block = block[len(part):]
		c.try(c.WriteContinuation(id, len(block) == 0, part))
	}
}

func (c *foeConn) head(id uint32, more ...string) {
	c.block(id, false, append([]string{":status", "200", "content-type", "application/grpc"}, more...)...)
}

func (c *foeConn) only(id uint32, more ...string) {
	c.block(id, true, append([]string{":status", "200", "content-type", "application/grpc"}, more...)...)
}

func (c *foeConn) trailers(id uint32) { c.block(id, true, "grpc-status", "0") }

// data sends a body in frames, within the window that streams have at first.
func (c *foeConn) data(id uint32, body []byte) {
	for first := true; first || len(body) > 0; first = false {
		part := body[:min(len(body), 16<<10)]
		body = body[len(part):]
		c.try(c.WriteData(id, false, part))
	}
}

// rawly writes to the socket itself.
func (c *foeConn) rawly(text string) {
	if c.out != nil {
		c.try(c.out.Flush())
	}
	_, _ = io.WriteString(c.raw, text) // the peer may have enough of it
}

// silent reads on, and says nothing.
func (c *foeConn) silent() { _, _ = io.Copy(io.Discard, c.raw) }

// deaf reads no more, until the test is over.
func (c *foeConn) deaf() {
	for !c.foe.ended() {
		time.Sleep(10 * time.Millisecond)
	}
}

var long = strings.Repeat("x", 8<<10)
