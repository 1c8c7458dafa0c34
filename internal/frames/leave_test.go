package frames

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/http2"
)

// TestAServerLeavesWithoutLosingAStream opens a stream after the first GOAWAY, which is served, and one after the
// last.
func TestAServerLeavesWithoutLosingAStream(t *testing.T) {
	p, c := against(t, server(Options{}))
	p.post(1, false)
	p.ok(p.WriteData(1, false, []byte("be")))
	b := &Batch{}
	c.GoAway(b)
	c.GoAway(b)
	b.Flush()
	if g := p.goAway(http2.ErrCodeNo); g.LastStreamID != maxID {
		t.Errorf("the first GOAWAY ends at stream %d", g.LastStreamID)
	}
	ping := p.next("PING", func(f http2.Frame) bool { return f.Header().Type == http2.FramePing })
	p.post(3, false)
	p.ok(p.WritePing(true, ping.(*http2.PingFrame).Data))
	if g := p.goAway(http2.ErrCodeNo); g.LastStreamID != 3 {
		t.Errorf("the last GOAWAY ends at stream %d", g.LastStreamID)
	}
	p.post(5, false) // nobody looks at it
	p.ok(p.WriteData(3, true, []byte("x")))
	if got := p.body(3); string(got) != "x" {
		t.Errorf("%q came back", got)
	}
	p.ok(p.WriteData(1, true, []byte("gun")))
	if got := p.body(1); string(got) != "begun" {
		t.Errorf("%q came back", got)
	}
	if _, err := p.ReadFrame(); !errors.Is(err, io.EOF) {
		t.Errorf("the connection didn't end: %v", err)
	}
	p.Close()
	if err := <-p.served; err != nil {
		t.Error(err)
	}
}

func TestAPeerThatAnswersNoPingIsLeftAllTheSame(t *testing.T) {
	p, c := against(t, server(Options{}))
	b := &Batch{}
	c.GoAway(b)
	c.LeaveNow(b)
	b.Flush()
	p.goAway(http2.ErrCodeNo)
	p.goAway(http2.ErrCodeNo)
	f, err := p.ReadFrame()
	if err == nil && f.Header().Type == http2.FrameSettings { // our SETTINGS may be acknowledged as late as here
		f, err = p.ReadFrame()
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("the connection didn't end: %v, %v", f, err)
	}
	if err := <-p.served; err != nil { // though the peer's side is open
		t.Error(err)
	}
}

// TestAClientKnowsWhyItsPeerLeft has a server name an error before it hangs up.
func TestAClientKnowsWhyItsPeerLeft(t *testing.T) {
	for said, want := range map[string]string{
		"":                        "; HTTP/2: the peer says ENHANCE_YOUR_CALM",
		"too_many_pings":          `; HTTP/2: the peer says ENHANCE_YOUR_CALM: "too_many_pings"`,
		"\xff\n":                  `; HTTP/2: the peer says ENHANCE_YOUR_CALM: "\xff\n"`,
		strings.Repeat("x", 1000): `; HTTP/2: the peer says ENHANCE_YOUR_CALM: "` + strings.Repeat("x", 256) + `"`,
	} {
		p, c := against(t, client(Options{}))
		one := &asked{done: make(chan Close, 1)}
		one.Events = one
		b := &Batch{}
		if err := c.Open(b, &one.Stream, post, true); err != nil {
			t.Fatal(err)
		}
		b.Flush()
		p.ok(p.WriteGoAway(1, http2.ErrCodeEnhanceYourCalm, []byte(said)))
		p.ok(p.Conn.(*net.TCPConn).CloseWrite()) // a close before it has read all could wipe out what it said
		if why := <-one.done; why.Err == nil || !strings.HasSuffix(why.Err.Error(), want) {
			t.Errorf("%q: %+v, want …%s", said, why, want)
		}
	}
}

// TestAClientKnowsWhatItsPeerHasNotLookedAt has a server leave with three streams open.
func TestAClientKnowsWhatItsPeerHasNotLookedAt(t *testing.T) {
	left := make(chan struct{}, 2)
	p, c := against(t, client(Options{GoAway: func(*Batch, *Conn) { left <- struct{}{} }}))
	var all [4]*asked
	b := &Batch{}
	for i := range all {
		all[i] = &asked{done: make(chan Close, 1)}
		all[i].Events = all[i]
		if err := c.Open(b, &all[i].Stream, post, true); err != nil {
			t.Fatal(err)
		}
	}
	b.Flush()
	p.ok(p.WriteRSTStream(7, http2.ErrCodeRefusedStream))
	if why := <-all[3].done; !why.Unprocessed || !why.Remote || why.Code != RefusedStream {
		t.Errorf("the refused one: %+v", why)
	}
	p.ok(p.WriteGoAway(1<<31-1, http2.ErrCodeNo, nil))
	p.ok(p.WriteGoAway(3, http2.ErrCodeInternal, nil))
	if why := <-all[2].done; !why.Unprocessed || !why.Ended || why.Err != nil {
		t.Errorf("the one above the last: %+v", why)
	}
	<-left
	if <-left; len(left) != 0 { // before the stream was told
		t.Error("it was told three times")
	}
	if last, code := c.Left(); last != 3 || code != InternalError {
		t.Errorf("it left at stream %d with %v", last, code)
	}
	if err := c.Open(b, &Stream{Events: ignored{}}, post, true); !errors.Is(err, ErrLeaving) {
		t.Errorf("one more: %v", err)
	}
	p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true,
		BlockFragment: p.head(":status", "200")}))
	if why := <-all[0].done; why != (Close{}) {
		t.Errorf("the one that was answered: %+v", why)
	}
	p.Close()
	if why := <-all[1].done; why.Unprocessed || why.Err == nil {
		t.Errorf("the one that was cut off: %+v", why)
	}
}

// TestAClientLeavesBeforeItsStreamNumbersAreUsedUp opens the last stream of a connection, and is told in time to make
// another one. What is open goes on to its end.
func TestAClientLeavesBeforeItsStreamNumbersAreUsedUp(t *testing.T) {
	p, c := against(t, client(Options{}))
	c.mu.Lock()
	c.nextID = usedUp - 2
	c.mu.Unlock()
	last := &asked{done: make(chan Close, 1)}
	last.Events = last
	b := &Batch{}
	if err := c.Open(b, &last.Stream, post, true); err != nil || last.ID() != usedUp-2 || c.Leaving() {
		t.Fatalf("stream %d: %v, leaving %t", last.ID(), err, c.Leaving())
	}
	one := &asked{done: make(chan Close, 1)}
	one.Events = one
	if err := c.Open(b, &one.Stream, post, true); err != nil || !c.Leaving() || c.Usable() {
		t.Fatalf("stream %d: %v, leaving %t", one.ID(), err, c.Leaving())
	}
	if err := c.Open(b, &Stream{Events: ignored{}}, post, true); !errors.Is(err, ErrLeaving) {
		t.Errorf("one more: %v", err)
	}
	b.Flush()
	p.goAway(http2.ErrCodeNo)
	for _, s := range []*asked{last, one} {
		p.ok(p.WriteHeaders(http2.HeadersFrameParam{StreamID: s.ID(), EndHeaders: true, EndStream: true,
			BlockFragment: p.head(":status", "200")}))
		if why := <-s.done; why != (Close{}) {
			t.Errorf("stream %d: %+v", s.ID(), why)
		}
	}
	f, err := p.ReadFrame()
	if err == nil && f.Header().Type == http2.FrameSettings { // ours, acknowledged as late as here
		f, err = p.ReadFrame()
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("the connection didn't end: %v, %v", f, err)
	}
	p.Close()
	if err := <-p.served; err != nil {
		t.Error(err)
	}
}

// TestWhatIsReckonedFromTheLastReadGoesByTheMonotonicClock would be cut off at once, when somebody sets the clock.
func TestWhatIsReckonedFromTheLastReadGoesByTheMonotonicClock(t *testing.T) {
	_, c := against(t, server(Options{}))
	if last := c.LastRead().String(); !strings.Contains(last, " m=") { // as a time shows that carries it
		t.Errorf("something came last at %s", last)
	}
}
