package relay

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// odd is a processor that speaks frames: it answers in ways that no library does, and takes down the headers that it
// got as they came.
type odd struct {
	addr string

	mu    sync.Mutex
	calls []string
}

func startOdd(t *testing.T) *odd {
	t.Helper()
	o := &odd{}
	o.addr = peertest.Serve(t, o.serve)
	return o
}

// saw takes the calls since it was asked last, sorted.
func (o *odd) saw() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.calls
	o.calls = nil
	slices.Sort(all)
	return all
}

// oddConn is one connection to it.
type oddConn struct {
	net.Conn
	*wire
	id     uint32 // of the stream that is answered
	answer []byte // an echo, enveloped
}

func (o *odd) serve(conn net.Conn) {
	defer conn.Close()
	c := &oddConn{Conn: conn, wire: &wire{framer: http2.NewFramer(conn, conn)}}
	c.coder = hpack.NewEncoder(&c.coded)
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.framer.AllowIllegalWrites = true
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	c.wrote(c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 24}))
	c.wrote(c.framer.WriteWindowUpdate(0, 1<<30))
	headers, bodies := map[uint32]string{}, map[uint32][]byte{}
	for c.err == nil {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return
		}
		id := frame.Header().StreamID
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				c.wrote(c.framer.WriteSettingsAck())
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				c.wrote(c.framer.WritePing(true, f.Data))
			}
		case *http2.MetaHeadersFrame:
			if path := f.PseudoValue("path"); !strings.HasSuffix(path, "/ProcessMessage") { // health
				c.wrote(c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: true,
					BlockFragment: c.encode(":status", "200", "content-type", "application/grpc", "grpc-status",
						"12")}))
				continue
			}
			headers[id] = plain(f)
		case *http2.DataFrame:
			bodies[id] = append(bodies[id], f.Data()...)
			if f.StreamEnded() && headers[id] != "" {
				o.mu.Lock()
				o.calls = append(o.calls, fmt.Sprintf("%s %q", headers[id], bodies[id]))
				o.mu.Unlock()
				c.id = id
				c.act(bodies[id])
			}
		}
	}
}

// plain is a header as it came; a time limit is one, whatever it says.
func plain(f *http2.MetaHeadersFrame) string {
	var lines []string
	for _, field := range f.Fields {
		value := field.Value
		if field.Name == "grpc-timeout" {
			value = "TIME"
		}
		lines = append(lines, fmt.Sprintf("%s=%q", field.Name, value))
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

// act answers as the request asks for.
func (c *oddConn) act(body []byte) {
	var req routrpb.MessageRequest
	if len(body) < 5 || proto.Unmarshal(body[5:], &req) != nil {
		c.Close()
		return
	}
	c.answer = enveloped(0, marshal(&routrpb.MessageResponse{Message: req.GetMessage(), Sender: req.GetSender()}))
	do := req.GetMetadata()["do"]
	act := oddActs[do]
	if act == nil {
		act = lastActs[do]
	}
	act(c)
}

// head sends the header of an answer: 200 and more.
func (c *oddConn) head(more ...string) {
	c.block(false, append([]string{":status", "200", "content-type", "application/grpc"}, more...)...)
}

func (c *oddConn) block(end bool, fields ...string) {
	c.wrote(c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.id, EndHeaders: true, EndStream: end,
		BlockFragment: c.encode(fields...)}))
}

// closes ends the connection from its side; what the other side still sends is read, so that nothing is lost.
func (c *oddConn) closes() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		c.wrote(tcp.CloseWrite())
		_, _ = io.Copy(io.Discard, c.Conn) // until it ends too
	}
}

func (c *oddConn) send(end bool, data []byte) { c.wrote(c.framer.WriteData(c.id, end, data)) }

// done ends an answer that went well.
func (c *oddConn) done(more ...string) {
	c.block(true, append([]string{"grpc-status", "0"}, more...)...)
}

func (c *oddConn) only(fields ...string) {
	c.block(true, append([]string{":status", "200", "content-type", "application/grpc"}, fields...)...)
}

func (c *oddConn) reset(code http2.ErrCode) { c.wrote(c.framer.WriteRSTStream(c.id, code)) }

func (c *oddConn) goAway(last uint32, code http2.ErrCode) {
	c.wrote(c.framer.WriteGoAway(last, code, nil))
}
