package frames

import (
	"bytes"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// TestNoiseIsBounded sends what carries nothing, more than a peer may.
func TestNoiseIsBounded(t *testing.T) {
	for name, say := range map[string]func(p *byHand, i uint32) error{
		"PING":          func(p *byHand, _ uint32) error { return p.WritePing(false, [8]byte{}) },
		"SETTINGS":      func(p *byHand, _ uint32) error { return p.WriteSettings() },
		"PRIORITY":      func(p *byHand, _ uint32) error { return p.WritePriority(1, on3) },
		"an extension":  func(p *byHand, _ uint32) error { return p.WriteRawFrame(0x42, 0, 0, nil) },
		"empty DATA":    func(p *byHand, _ uint32) error { return p.WriteData(1, false, nil) },
		"rapid reset":   rapidReset,
		"late updates":  func(p *byHand, _ uint32) error { return p.WriteWindowUpdate(3, 1) },
		"refused ones":  refusedOnes,
		"GOAWAY":        func(p *byHand, _ uint32) error { return p.WriteGoAway(0, 0, nil) },
		"acks of pings": func(p *byHand, _ uint32) error { return p.WritePing(true, [8]byte{}) },
		"DATA after the end": func(p *byHand, i uint32) error {
			return errors.Join(rapidly(p, i, true), p.WriteData(5+2*i, true, []byte("x")))
		},
		"trailers after the end": func(p *byHand, i uint32) error {
			return errors.Join(rapidly(p, i, true), rapidly(p, i, true))
		},
		"a body of another length": func(p *byHand, i uint32) error {
			return errors.Join(rapidly(p, i, false, "content-length", "1"), p.WriteData(5+2*i, false, []byte("xx")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			silent := func(*Batch, *Conn, []Field, bool) *Stream { return &Stream{Events: ignored{}} }
			p, _ := against(t, server(Options{Accept: silent}))
			p.post(1, false)
			p.post(3, false)
			p.ok(p.WriteRSTStream(3, http2.ErrCodeCancel))
			go func() {
				for i := range uint32(2 * maxNoise) {
					if say(p, i) != nil {
						return
					}
				}
			}()
			p.goAway(http2.ErrCodeEnhanceYourCalm)
		})
	}
}

var on3 = http2.PriorityParam{StreamDep: 3}

func rapidReset(p *byHand, i uint32) error {
	return errors.Join(rapidly(p, i, false), p.WriteRSTStream(5+2*i, http2.ErrCodeCancel))
}

// rapidly begins the i-th stream.
func rapidly(p *byHand, i uint32, end bool, more ...string) error {
	return p.WriteHeaders(http2.HeadersFrameParam{StreamID: 5 + 2*i, EndHeaders: true, EndStream: end,
		BlockFragment: p.head(append([]string{":method", "GET", ":scheme", "http", ":path", "/", ":authority", "x"},
			more...)...)})
}

// TestWindowsOfManyStreamsAreNotChangedForNothing has 4,096 streams open, whose windows one frame changes 2,730 times.
func TestWindowsOfManyStreamsAreNotChangedForNothing(t *testing.T) {
	silent := func(*Batch, *Conn, []Field, bool) *Stream { return &Stream{Events: ignored{}} }
	p, _ := against(t, server(Options{Accept: silent}))
	for i := range uint32(4096) {
		p.ok(rapidly(p, i, false))
	}
	var changes []http2.Setting
	for i := range uint32(2730) {
		changes = append(changes, http2.Setting{ID: http2.SettingInitialWindowSize, Val: i})
	}
	p.ok(p.WriteSettings(changes...))
	p.goAway(http2.ErrCodeEnhanceYourCalm)
}

// TestInterimAnswersAreBounded has a server say that it goes on, and on.
func TestInterimAnswersAreBounded(t *testing.T) {
	p, c := against(t, client(Options{}))
	b := &Batch{}
	if err := c.Open(b, &Stream{Events: ignored{}}, post, true); err != nil {
		t.Fatal(err)
	}
	b.Flush()
	go func() {
		for range 2 * maxNoise {
			if p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true,
				BlockFragment: p.head(":status", "103")}) != nil {
				return
			}
		}
	}()
	p.goAway(http2.ErrCodeEnhanceYourCalm)
}

func refusedOnes(p *byHand, i uint32) error {
	return p.WriteHeaders(http2.HeadersFrameParam{StreamID: 5 + 2*i, EndHeaders: true,
		BlockFragment: p.head(":method", "GET")})
}

// TestAPeerThatDoesntReadIsCut sends what asks for answers, and reads none: what is held for it stays bounded.
func TestAPeerThatDoesntReadIsCut(t *testing.T) {
	p, c := against(t, server(Options{WriteTimeout: 200 * time.Millisecond}))
	p.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	p.ok(p.WriteWindowUpdate(0, 1<<30))
	body := make([]byte, 16<<10)
	var m runtime.MemStats
	for id := uint32(1); ; id += 2 {
		err := p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true,
			BlockFragment: p.head(":method", "POST", ":scheme", "http", ":path", "/", ":authority", "x")})
		if err = errors.Join(err, p.WriteData(id, true, body)); err != nil {
			break
		}
		if id%101 == 0 {
			if runtime.ReadMemStats(&m); m.HeapAlloc > 256<<20 {
				t.Fatalf("%d MB are held", m.HeapAlloc>>20)
			}
		}
		c.mu.Lock()
		out := len(c.out)
		c.mu.Unlock()
		if out > maxOut+1<<20 {
			t.Fatalf("%d bytes are to be written", out)
		}
	}
	<-p.served
}

func TestHeaderBlocksAreBounded(t *testing.T) {
	t.Run("a large list", func(t *testing.T) {
		p, _ := against(t, server(Options{HeaderBytes: 4 << 10}))
		p.post(1, true, "x-large", strings.Repeat("x", 3<<10), "x-more", strings.Repeat("y", 3<<10))
		f := p.next("the answer", func(f http2.Frame) bool { return f.Header().Type == http2.FrameHeaders })
		if status := f.(*http2.MetaHeadersFrame).PseudoValue("status"); status != "431" {
			t.Errorf("status %s", status)
		}
		p.post(3, false) // the table is as it was
		p.ok(p.WriteData(3, true, []byte("x")))
		if got := p.body(3); string(got) != "x" {
			t.Errorf("%q came back", got)
		}
	})
	t.Run("many parts", func(t *testing.T) {
		p, _ := against(t, server(Options{}))
		p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.head(":method", "GET")}))
		for range maxParts {
			if p.WriteContinuation(1, false, nil) != nil {
				break
			}
		}
		p.goAway(http2.ErrCodeEnhanceYourCalm)
	})
	t.Run("a long block", func(t *testing.T) {
		p, _ := against(t, server(Options{HeaderBytes: 1 << 10}))
		p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: make([]byte, 16<<10)}))
		p.ok(p.WriteContinuation(1, false, make([]byte, 16<<10))) // fields without a name
		p.goAway(http2.ErrCodeEnhanceYourCalm)
	})
}

func TestMoreStreamsThanAllowedAreRefused(t *testing.T) {
	silent := func(*Batch, *Conn, []Field, bool) *Stream { return &Stream{Events: ignored{}} }
	p, c := against(t, server(Options{Streams: 2, Accept: silent}))
	for id := uint32(1); id <= 5; id += 2 {
		p.post(id, false)
	}
	p.reset(5, http2.ErrCodeRefusedStream)
	if c.Streams() != 2 {
		t.Errorf("%d streams are open", c.Streams())
	}
}

// TestAnIdleConnectionHoldsNoBuffer has a connection that was used wait.
func TestAnIdleConnectionHoldsNoBuffer(t *testing.T) {
	p, c := against(t, server(Options{}))
	p.post(1, false)
	p.ok(p.WriteData(1, true, []byte("x")))
	p.body(1)
	p.ok(p.Conn.(*net.TCPConn).CloseWrite())
	if err := <-p.served; err != nil {
		t.Error(err)
	}
	if c.read.buf != nil {
		t.Error("it holds a buffer")
	}
	if _, err := p.ReadFrame(); !errors.Is(err, io.EOF) {
		t.Errorf("our side didn't end: %v", err)
	}
}

// TestAMessageCostsNoAllocation counts both ends of a connection together.
func TestAMessageCostsNoAllocation(t *testing.T) {
	reused := &echo{}
	accept := func(*Batch, *Conn, []Field, bool) *Stream {
		reused.Events, reused.body = reused, reused.body[:0]
		return &reused.Stream
	}
	_, c := pair(t, Options{Accept: accept}, Options{})
	a, b, body := &asked{done: make(chan Close, 1)}, &Batch{}, bytes.Repeat([]byte("x"), 1500)
	a.Events = a
	once := func() {
		a.got = a.got[:0]
		if err := c.Open(b, &a.Stream, post, false); err != nil {
			t.Fatal(err)
		}
		a.WriteMessage(b, body, true)
		b.Flush()
		<-a.done
	}
	for range 1000 {
		once()
	}
	if n := testing.AllocsPerRun(2000, once); n > 1 { // the echo's own header lists
		t.Errorf("%v allocations a message", n)
	}
}
