package frames

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// busy is a client's stream whose Events take their time, and note what they are told.
type busy struct {
	Stream
	entered chan string   // what is being told
	leave   chan struct{} // one value lets it end
	closed  chan Close
}

func newBusy() *busy {
	s := &busy{entered: make(chan string, 1), leave: make(chan struct{}), closed: make(chan Close, 2)}
	s.Events = s
	return s
}

func (s *busy) tell(what string) {
	s.entered <- what
	<-s.leave
}

func (s *busy) Head(*Batch, *Stream, []Field, bool) { s.tell("head") }
func (s *busy) Data(b *Batch, of *Stream, p []byte, _ bool) {
	of.Consume(b, len(p))
	s.tell("data")
}
func (s *busy) Room(*Batch, *Stream, int)           {}
func (s *busy) Closed(_ *Batch, _ *Stream, c Close) { s.closed <- c }

// TestAStreamIsNotClosedWhileItsEventsAreTold has others close a stream while its reader is telling of a head, or of
// data: its Events hear of it after that, once.
func TestAStreamIsNotClosedWhileItsEventsAreTold(t *testing.T) {
	tick := func(b *Batch, s *busy) { s.conn.Tick(b, time.Now().Add(time.Hour)) }
	for name, end := range map[string]func(*Batch, *busy){
		"by time":       tick,
		"by time twice": func(b *Batch, s *busy) { tick(b, s); tick(b, s) },
		"by who has it": func(b *Batch, s *busy) { s.ResetAfter(b, Cancel) },
	} {
		for _, during := range []string{"head", "data"} {
			t.Run(name+" during "+during, func(t *testing.T) {
				p, c := against(t, client(Options{}), http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
				pingpong(p)
				s, b := newBusy(), &Batch{}
				if err := c.Open(b, &s.Stream, post, false); err != nil {
					t.Fatal(err)
				}
				held := []byte("held")
				if name == "by who has it" {
					held = nil // nothing is to be written before the reset
				}
				s.WriteCopy(b, held, false)
				b.Flush()
				p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true,
					BlockFragment: p.head(":status", "200")}))
				p.ok(p.WriteData(1, false, []byte("x")))
				if during == "data" {
					<-s.entered
					s.leave <- struct{}{}
				}
				if told := <-s.entered; told != during {
					t.Fatalf("it is told of %s", told)
				}
				end(b, s)
				b.Flush()
				if len(s.closed) > 0 {
					t.Error("it is closed while it is told")
				}
				s.leave <- struct{}{}
				if why := <-s.closed; !why.Ended || why.Remote {
					t.Errorf("it was closed with %+v", why)
				}
				pingpong(p) // whatever came is dealt with
				if len(s.closed) > 0 || len(s.entered) > 0 || c.Streams() > 0 {
					t.Errorf("it is told %d things more, %d of its end; %d streams are open",
						len(s.entered), len(s.closed), c.Streams())
				}
			})
		}
	}
}

// pingpong waits until the other end has dealt with what was said.
func pingpong(p *byHand) {
	p.Helper()
	p.ok(p.WritePing(false, [8]byte{1}))
	p.next("the answer to PING", func(f http2.Frame) bool {
		return f.Header().Type == http2.FramePing && f.Header().Flags.Has(http2.FlagPingAck)
	})
}

// TestAServerLeavesWhileAStreamBegins has it leave for good between a stream's head and its place among the streams.
func TestAServerLeavesWhileAStreamBegins(t *testing.T) {
	for name, takes := range map[string]bool{"a stream that is served": true, "a stream that is refused": false} {
		t.Run(name, func(t *testing.T) {
			p, _ := against(t, server(Options{Accept: func(b *Batch, c *Conn, head []Field, end bool) *Stream {
				other := &Batch{} // as somebody else's goroutine has it
				c.LeaveNow(other)
				other.Flush()
				if !takes {
					return nil
				}
				return echoes(b, c, head, end)
			}}))
			p.post(1, false)
			if g := p.goAway(http2.ErrCodeNo); g.LastStreamID != 1 {
				t.Errorf("it leaves at stream %d", g.LastStreamID)
			}
			if !takes {
				p.reset(1, http2.ErrCodeRefusedStream)
			} else {
				p.ok(p.WriteData(1, true, []byte("begun")))
				if got := p.body(1); string(got) != "begun" {
					t.Errorf("%q came back", got)
				}
			}
			for { // our SETTINGS may be acknowledged as late as here
				if _, err := p.ReadFrame(); err != nil {
					if !errors.Is(err, io.EOF) {
						t.Errorf("the connection didn't end: %v", err)
					}
					break
				}
			}
			p.Close()
			if err := <-p.served; err != nil {
				t.Error(err)
			}
		})
	}
}

// tellsAnother is a stream that has another connection written to, by whoever tells of room, but for one.
type tellsAnother struct {
	Stream
	other *Conn
	not   *Batch
}

func (s *tellsAnother) Head(*Batch, *Stream, []Field, bool) {}
func (s *tellsAnother) Data(*Batch, *Stream, []byte, bool)  {}
func (s *tellsAnother) Closed(_ *Batch, _ *Stream, _ Close) {}
func (s *tellsAnother) Room(b *Batch, _ *Stream, _ int) {
	if b != s.not {
		s.other.Ping(b)
	}
}

// TestAWriterThatWaitsKeepsNothingBack has the goroutine that writes to a peer which reads little write to another
// connection meanwhile: that doesn't wait for the slow peer.
func TestAWriterThatWaitsKeepsNothingBack(t *testing.T) {
	const body, read = 64 << 20, 4 << 20 // more than networks hold, and enough for them to take more
	fast, other := against(t, client(Options{}))
	pingpong(fast)
	slow, c := against(t, client(Options{}), http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
	slow.ok(slow.WriteWindowUpdate(0, 1<<30))
	pingpong(slow)
	b := &Batch{}
	s := &tellsAnother{other: other, not: b}
	s.Events = s
	if err := c.Open(b, &s.Stream, post, false); err != nil {
		t.Fatal(err)
	}
	s.TellRoom()
	s.WriteCopy(b, make([]byte, body), true)
	b.Flush() // until the network takes no more
	for left := read; left > 0; {
		n, err := slow.Conn.(*net.TCPConn).Read(make([]byte, min(left, 64<<10)))
		slow.ok(err)
		left -= n
	}
	fast.next("PING", func(f http2.Frame) bool {
		return f.Header().Type == http2.FramePing && !f.Header().Flags.Has(http2.FlagPingAck)
	})
}
