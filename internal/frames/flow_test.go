package frames

import (
	"bytes"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// TestAnAnswerGoesAsFarAsWindowsLetIt gives windows byte by byte, on both levels, by updates and by SETTINGS.
func TestAnAnswerGoesAsFarAsWindowsLetIt(t *testing.T) {
	p, _ := against(t, server(Options{}), http2.Setting{ID: http2.SettingInitialWindowSize, Val: 3})
	want := []byte("0123456789abcdefghij")
	p.post(1, false)
	p.ok(p.WriteData(1, true, want))
	var got []byte
	data := func(n int) {
		t.Helper()
		for want := len(got) + n; len(got) < want; {
			f := p.next("DATA", func(f http2.Frame) bool { return f.Header().Type == http2.FrameData })
			got = append(got, f.(*http2.DataFrame).Data()...)
		}
		p.ok(p.WritePing(false, [8]byte{1}))
		p.next("the answer to PING, and nothing else", func(f http2.Frame) bool {
			if f.Header().Type == http2.FrameData {
				t.Fatalf("more came than the window lets: %d bytes", f.Header().Length)
			}
			return f.Header().Type == http2.FramePing
		})
	}
	data(3)
	p.ok(p.WriteWindowUpdate(1, 1))
	data(1)
	p.ok(p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})) // -3
	p.ok(p.WriteWindowUpdate(1, 3))
	data(0)
	p.ok(p.WriteWindowUpdate(1, 2))
	data(2)
	p.ok(p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 5}))
	data(5)
	p.ok(p.WriteWindowUpdate(1, 1000))
	got = append(got, p.body(1)...)
	if !bytes.Equal(got, want) {
		t.Errorf("%q came back", got)
	}
}

// TestAStreamThatMayNotGoDoesntHoldOthersUp has the connection's window taken by streams, of which one has none
// itself.
func TestAStreamThatMayNotGoDoesntHoldOthersUp(t *testing.T) {
	p, _ := against(t, server(Options{}), http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	for id := uint32(1); id <= 5; id += 2 {
		p.post(id, false)
		for n := range 4 {
			p.ok(p.WriteData(id, n == 3, bytes.Repeat([]byte{byte(id)}, 10000)))
		}
	}
	p.ok(p.WriteWindowUpdate(3, 40000))
	if got := p.body(3); len(got) != 40000 {
		t.Errorf("%d bytes of stream 3", len(got))
	}
	p.ok(p.WriteWindowUpdate(5, 40000)) // of which the connection lets 25,535
	p.ok(p.WriteWindowUpdate(1, 40000))
	p.ok(p.WriteWindowUpdate(0, 100000))
	for _, id := range []uint32{5, 1} {
		if got := p.body(id); !bytes.Equal(got, bytes.Repeat([]byte{byte(id)}, 40000)) {
			t.Errorf("%d bytes of stream %d", len(got), id)
		}
	}
}

func TestAStreamWithoutWindowIsGivenUp(t *testing.T) {
	p, c := against(t, server(Options{WriteTimeout: time.Minute}),
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	p.post(1, false)
	p.ok(p.WriteData(1, true, []byte("x")))
	p.next("the head", func(f http2.Frame) bool { return f.Header().Type == http2.FrameHeaders })
	b := &Batch{}
	c.Tick(b, time.Now().Add(59*time.Second))
	b.Flush()
	if c.Streams() != 1 {
		t.Error("it was given up before its time")
	}
	c.Tick(b, time.Now().Add(61*time.Second))
	b.Flush()
	p.reset(1, http2.ErrCodeInternal)
	if c.Streams() != 0 {
		t.Error("it is still open")
	}
}

// TestWhatIsTakenBackIsGivenBack has streams die with data that nobody consumed: the connection's window must not
// shrink.
func TestWhatIsTakenBackIsGivenBack(t *testing.T) {
	silent := func(*Batch, *Conn, []Field, bool) *Stream { return &Stream{Events: ignored{}} }
	p, _ := against(t, server(Options{Accept: silent, ConnWindow: 128 << 10}))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		window := 128 << 10
		for id := uint32(1); id < 101; id += 2 {
			p.post(id, false)
			for range 4 {
				for window < 8<<10 {
					f, err := p.ReadFrame()
					if err != nil {
						t.Errorf("the window stays shut: %v", err)
						return
					}
					if w, ok := f.(*http2.WindowUpdateFrame); ok && w.StreamID == 0 {
						window += int(w.Increment)
					}
				}
				window -= 8 << 10
				p.ok(p.WriteDataPadded(id, false, make([]byte, 8<<10-101), make([]byte, 100)))
			}
			p.ok(p.WriteRSTStream(id, http2.ErrCodeCancel))
		}
	}()
	<-sent
}

// ignored takes nothing of what comes.
type ignored struct{}

func (ignored) Head(*Batch, *Stream, []Field, bool) {}
func (ignored) Data(*Batch, *Stream, []byte, bool)  {}
func (ignored) Room(*Batch, *Stream, int)           {}
func (ignored) Closed(*Batch, *Stream, Close)       {}

// TestMoreThanTheWindowIsRefused has a peer send what it may not.
func TestMoreThanTheWindowIsRefused(t *testing.T) {
	silent := func(*Batch, *Conn, []Field, bool) *Stream { return &Stream{Events: ignored{}} }
	t.Run("stream", func(t *testing.T) {
		p, _ := against(t, server(Options{Accept: silent, StreamWindow: 64 << 10}))
		p.post(1, false)
		for range 5 {
			p.ok(p.WriteData(1, false, make([]byte, 16<<10)))
		}
		p.reset(1, http2.ErrCodeFlowControl)
	})
	t.Run("connection", func(t *testing.T) {
		p, _ := against(t, server(Options{Accept: silent, StreamWindow: 256 << 10, ConnWindow: 64 << 10}))
		p.post(1, false)
		for range 5 {
			p.ok(p.WriteData(1, false, make([]byte, 16<<10)))
		}
		p.goAway(http2.ErrCodeFlowControl)
	})
}

// answered ends its stream with an answer, and consumes nothing.
type answered struct {
	ignored
	stream Stream
}

func (a *answered) Data(b *Batch, s *Stream, _ []byte, end bool) {
	if end {
		s.WriteHead(b, []Field{{Name: ":status", Value: "200"}}, true)
	}
}

// TestWhatNobodyConsumedIsGivenBackAtTheEnd ends more streams in good order than the connection's window has room for.
func TestWhatNobodyConsumedIsGivenBackAtTheEnd(t *testing.T) {
	p, _ := against(t, server(Options{Accept: func(*Batch, *Conn, []Field, bool) *Stream {
		a := &answered{}
		a.stream.Events = a
		return &a.stream
	}}))
	body := make([]byte, maxFrame)
	for id := uint32(1); id < 1000; id += 2 {
		p.post(id, false)
		p.ok(p.WriteData(id, true, body))
		p.next("the answer", func(f http2.Frame) bool {
			return f.Header().Type == http2.FrameHeaders && f.Header().StreamID == id
		})
	}
}

// narrow opens a stream that has so much of a window.
func narrow(t *testing.T, window int64) (*byHand, *Conn, *Batch, *Stream) {
	p, c := against(t, client(Options{}))
	b, s := &Batch{}, &Stream{Events: ignored{}}
	if err := c.Open(b, s, post, false); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	s.sendWindow = window
	c.mu.Unlock()
	return p, c, b, s
}

// request reads the DATA of a stream to its end.
func (p *byHand) request(id uint32) (all []byte) {
	p.Helper()
	p.next("the end of the request", func(f http2.Frame) bool {
		d, ok := f.(*http2.DataFrame)
		if ok && d.StreamID == id {
			all = append(all, d.Data()...)
		}
		return ok && d.StreamEnded()
	})
	return all
}

// TestManySmallPiecesAreHeldAsOne writes a body in pieces of a byte to a peer that gives no window.
func TestManySmallPiecesAreHeldAsOne(t *testing.T) {
	p, c, b, s := narrow(t, 0)
	var want []byte
	for i := range 10_000 {
		want = append(want, byte(i))
		if kept := s.WriteCopy(b, want[i:], i == 9_999); kept != 1 {
			t.Fatalf("%d bytes of the one are kept", kept)
		}
	}
	c.mu.Lock()
	pieces := len(s.held)
	c.mu.Unlock()
	if pieces != 1 {
		t.Errorf("%d pieces", pieces)
	}
	b.Flush()
	p.ok(p.WriteWindowUpdate(1, 20_000))
	if got := p.request(1); string(got) != string(want) {
		t.Errorf("%d bytes came", len(got))
	}
}

// TestAnEndNeedsNoWindow ends a stream whose window is used up, behind a full write buffer.
func TestAnEndNeedsNoWindow(t *testing.T) {
	p, c, b, s := narrow(t, 5)
	s.WriteCopy(b, []byte("12345"), false)
	c.mu.Lock()
	c.inWrite += maxOut // as if the network took nothing
	c.mu.Unlock()
	s.WriteCopy(b, nil, true)
	c.mu.Lock()
	c.inWrite -= maxOut
	c.mu.Unlock()
	b.Flush()
	if got := p.request(1); string(got) != "12345" {
		t.Errorf("%q came", got)
	}
}
