package frames

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// byHand is a peer that says what a test wants, rightly or not.
type byHand struct {
	*testing.T
	net.Conn
	*http2.Framer
	encoder *hpack.Encoder
	block   bytes.Buffer
	served  chan error // what Serve of the other end returned
}

// against runs one end of a connection, and returns the other, which has said its preface and SETTINGS.
func against(t *testing.T, conn func(net.Conn) *Conn, settings ...http2.Setting) (*byHand, *Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := conn(loops.Take(far))
	p := &byHand{T: t, Conn: near, Framer: http2.NewFramer(near, near), served: make(chan error, 1)}
	p.encoder = hpack.NewEncoder(&p.block)
	p.Framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	p.SetDeadline(time.Now().Add(30 * time.Second))
	var serving sync.WaitGroup
	serving.Go(func() { p.served <- c.Serve(&Batch{}) })
	t.Cleanup(func() {
		p.Close()
		c.Close()
		serving.Wait()
	})
	if !c.client {
		if _, err := io.WriteString(near, Preface); err != nil {
			t.Fatal(err)
		}
	} else if _, err := io.ReadFull(near, make([]byte, len(Preface))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.WriteSettings(settings...), p.WriteSettingsAck()); err != nil {
		t.Fatal(err)
	}
	return p, c
}

func server(o Options) func(net.Conn) *Conn {
	return func(nc net.Conn) *Conn {
		if o.Accept == nil {
			o.Accept = echoes
		}
		return NewServer(nc, o)
	}
}

func echoes(*Batch, *Conn, []Field, bool) *Stream {
	e := &echo{}
	e.Events = e
	return &e.Stream
}

// head is a header block.
func (p *byHand) head(fields ...string) []byte {
	p.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = p.encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return bytes.Clone(p.block.Bytes())
}

func (p *byHand) post(id uint32, end bool, more ...string) {
	p.Helper()
	p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: end,
		BlockFragment: p.head(append([]string{":method", "POST", ":scheme", "http", ":path", "/", ":authority", "x"},
			more...)...)}))
}

func (p *byHand) ok(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// next returns the next frame that holds, or fails the test.
func (p *byHand) next(what string, holds func(http2.Frame) bool) http2.Frame {
	p.Helper()
	for {
		f, err := p.ReadFrame()
		if err != nil {
			p.Fatalf("%s: %v", what, err)
		}
		if holds(f) {
			return f
		}
	}
}

func (p *byHand) goAway(code http2.ErrCode) *http2.GoAwayFrame {
	p.Helper()
	f := p.next("GOAWAY", func(f http2.Frame) bool { return f.Header().Type == http2.FrameGoAway })
	g := f.(*http2.GoAwayFrame)
	if g.ErrCode != code {
		p.Errorf("GOAWAY says %v %q instead of %v", g.ErrCode, g.DebugData(), code)
	}
	return g
}

func (p *byHand) reset(id uint32, code http2.ErrCode) {
	p.Helper()
	f := p.next("RST_STREAM", func(f http2.Frame) bool { return f.Header().Type == http2.FrameRSTStream })
	if r := f.(*http2.RSTStreamFrame); r.StreamID != id || r.ErrCode != code {
		p.Errorf("stream %d was reset with %v", r.StreamID, r.ErrCode)
	}
}

// body reads the DATA of a stream to its trailers.
func (p *byHand) body(id uint32) (all []byte) {
	p.Helper()
	p.next("the answer", func(f http2.Frame) bool {
		if d, ok := f.(*http2.DataFrame); ok && d.StreamID == id {
			all = append(all, d.Data()...)
		}
		return f.Header().StreamID == id && f.Header().Type == http2.FrameHeaders &&
			f.Header().Flags.Has(http2.FlagHeadersEndStream)
	})
	return all
}

func client(o Options) func(net.Conn) *Conn {
	return func(nc net.Conn) *Conn { return NewClient(nc, o) }
}
