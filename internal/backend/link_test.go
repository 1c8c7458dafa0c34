package backend

import (
	"bytes"
	"testing"

	"golang.org/x/net/http2"
)

// connection is what a server sends, by frames.
func connection(t *testing.T, write func(fr *http2.Framer)) []byte {
	t.Helper()
	var sent bytes.Buffer
	write(http2.NewFramer(&sent, nil))
	return sent.Bytes()
}

func TestALinkSeesWhatTheInstanceSaysHoweverItIsCut(t *testing.T) {
	many := make([]http2.Setting, 100) // more than are looked at, and unknown ones
	for n := range many {
		many[n] = http2.Setting{ID: http2.SettingID(100 + n), Val: 1}
	}
	sent := connection(t, func(fr *http2.Framer) {
		_ = fr.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 7},
			http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: 8192})
		_ = fr.WriteSettingsAck()
		_ = fr.WriteData(1, false, bytes.Repeat([]byte{byte(http2.FrameGoAway)}, 300))
		_ = fr.WriteSettings(many...)
		_ = fr.WriteData(1, true, nil)
		_ = fr.WriteGoAway(41, http2.ErrCodeNo, []byte("bye"))
		_ = fr.WriteData(3, true, []byte("more"))
	})
	for size := 1; size <= len(sent); size++ {
		l := &link{}
		for rest := sent; len(rest) > 0; {
			n := min(size, len(rest))
			l.see(rest[:n])
			rest = rest[n:]
		}
		e := l.ending.Load()
		if l.headers.Load() != 8192 || e == nil || e.last != 41 || e.code != 0 {
			t.Fatalf("cut into %d bytes: headers %d, ending %+v", size, l.headers.Load(), e)
		}
		if l.skip != 0 || l.have != 0 {
			t.Fatalf("cut into %d bytes: it isn't between two frames at the end", size)
		}
	}
}

func FuzzLink(f *testing.F) {
	f.Add([]byte{0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, 3)
	f.Add([]byte{0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0, 0, 6}, 1)
	f.Fuzz(func(t *testing.T, sent []byte, size int) {
		whole, cut := &link{}, &link{}
		whole.see(sent)
		for size = max(1, size); len(sent) > 0; {
			n := min(size, len(sent))
			cut.see(sent[:n])
			sent = sent[n:]
		}
		a, b := whole.ending.Load(), cut.ending.Load()
		if whole.headers.Load() != cut.headers.Load() || (a == nil) != (b == nil) || a != nil && *a != *b ||
			whole.skip != cut.skip {
			t.Errorf("it sees something else when it is cut: %+v and %+v", a, b)
		}
	})
}

func BenchmarkLinkSees(b *testing.B) {
	var sent bytes.Buffer
	fr := http2.NewFramer(&sent, nil)
	_ = fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: make([]byte, 40), EndHeaders: true})
	_ = fr.WriteData(1, false, make([]byte, 800))
	_ = fr.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, BlockFragment: make([]byte, 20), EndHeaders: true, EndStream: true,
	})
	l := &link{}
	b.ReportAllocs()
	for b.Loop() {
		l.see(sent.Bytes())
	}
}
