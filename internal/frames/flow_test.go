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
