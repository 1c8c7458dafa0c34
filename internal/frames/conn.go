package frames

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// What Open says where there is no stream to be had.
var (
	ErrFull    = errors.New("the peer takes no more streams at once")
	ErrLeaving = errors.New("the peer, or this side, takes no new streams on the connection")
	ErrClosed  = errors.New("the connection is closed")
)

// Conn is one HTTP/2 connection. It must be made by NewServer or NewClient, and is over when Serve has returned.
type Conn struct {
	opts    Options
	nc      net.Conn
	client  bool
	looped  looped          // nc, where a loop reads it; nil otherwise
	raw     syscall.RawConn // of nc, where its bytes are those of the socket; nil otherwise, and where it is looped
	skip    bool            // the preface was read already
	read    reader
	decode  decoder
	readAt  atomic.Int64   // when something came last, as package monotonic has it
	writers sync.WaitGroup // what Serve waits for

	mu        sync.Mutex
	streams   map[uint32]*Stream
	recent    recent
	lastPeer  uint32 // the highest id of a stream that the peer opened
	lastTaken uint32 // the highest id that the peer has looked at, as its GOAWAY says
	nextID    uint32 // of the next stream that we open
	noise     int
	err       error // why nothing is written any more

	greeted  atomic.Bool // SETTINGS came
	opening  bool        // a stream of the peer's is between its head and its place in streams
	leaving  bool        // we sent GOAWAY for good
	warned   bool        // we sent GOAWAY for what is to come
	left     bool        // the peer sent GOAWAY
	leftCode Code        // why
	leftText string      // what it says of that
	finished bool        // our side is ended, once all is written
	halfway  bool        // nothing more is written: the peer has been told

	settled     bool   // the peer's first SETTINGS came
	peerStreams uint32 // MAX_CONCURRENT_STREAMS
	peerWindow  int64  // INITIAL_WINDOW_SIZE
	peerFrame   int    // MAX_FRAME_SIZE, as far as we use it
	peerHeaders atomic.Uint32

	sendWindow int64
	recvWindow int64
	owed       int // of recvWindow, to be given back

	encode  encoder
	block   []byte // that it makes
	notedBy *Batch
	out     []byte // to be written
	spare   []byte
	writing bool // by flush, or by the writer
	inWrite int  // bytes that it has
	try     try
	waiting []*Stream // have data that their own window lets go
}

// NewServer returns the server's side of a connection.
func NewServer(nc net.Conn, o Options) *Conn { return newConn(nc, o, false) }

// NewClient returns the client's side of a connection.
func NewClient(nc net.Conn, o Options) *Conn { return newConn(nc, o, true) }

func newConn(nc net.Conn, o Options, client bool) *Conn {
	c := &Conn{
		opts: o.withDefaults(), nc: nc, client: client, streams: map[uint32]*Stream{}, nextID: 1,
		peerWindow: initialWindow, peerFrame: maxFrame, sendWindow: initialWindow,
	}
	if client {
		c.peerStreams = uint32(c.opts.PeerStreams)
	}
	c.looped, _ = nc.(looped)
	if socket, ok := nc.(syscall.Conn); ok {
		c.raw, _ = socket.SyscallConn() // without it the writer writes
	}
	c.recvWindow, c.lastTaken = int64(c.opts.ConnWindow), maxID
	c.encode.init()
	c.try.init()
	c.read.init(c)
	c.decode.init(c.opts.HeaderBytes)
	c.readAt.Store(monotonic.Now())
	c.greet()
	return c
}

// SkipPreface says that the client's preface was read already. Call it before Serve.
func (c *Conn) SkipPreface() { c.skip = true }

// Serve reads until the connection ends, and tells the Events of its streams. When it returns, all of them were told
// their end, and the net.Conn is closed. The error is nil where both sides ended in good order.
func (c *Conn) Serve(b *Batch) error {
	c.mu.Lock()
	b.note(c) // what greet left
	c.mu.Unlock()
	return c.end(b, c.readCaught(b))
}

// readCaught is readAll, where a panic is an error like others: the streams are told.
func (c *Conn) readCaught(b *Batch) (err error) {
	defer func() {
		if v := recover(); v != nil {
			panics.Note("read a connection", v)
			err = errPanicked
		}
	}()
	return c.readAll(b)
}

var errPanicked = errors.New("the dispatcher failed on this connection")

// greet says what a connection begins with: a client's preface, and SETTINGS.
func (c *Conn) greet() {
	var settings []byte
	if c.client {
		c.out = append(c.out, Preface...)
		settings = appendSetting(settings, settingEnablePush, 0)
	} else {
		settings = appendSetting(settings, settingStreams, c.opts.Streams)
	}
	settings = appendSetting(settings, settingWindow, c.opts.StreamWindow)
	settings = appendSetting(settings, settingHeaders, c.opts.HeaderBytes)
	c.out = append(appendHeader(c.out, len(settings), typeSettings, 0, 0), settings...)
	if more := c.opts.ConnWindow - initialWindow; more > 0 {
		c.out = appendWindowUpdate(c.out, 0, more)
	}
}

// Close ends the connection at once: what isn't written is lost. Serve returns soon after.
func (c *Conn) Close() {
	c.mu.Lock()
	c.fail(ErrClosed)
	c.mu.Unlock()
	_ = c.nc.Close() // the reader sees it
}

// fail is called with mu held: from now on nothing is written.
func (c *Conn) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.out = c.out[:0]
}

// end tells the streams that the connection has ended, and the peer why, where it did something wrong.
func (c *Conn) end(b *Batch, why error) error {
	cause := why
	if cause == nil {
		cause = ErrClosed
	}
	c.abandon(b, cause)
	var e *Error
	if errors.As(why, &e) && !e.Remote {
		c.sayWhy(b, e)
	}
	c.mu.Lock()
	c.fail(cause)
	c.mu.Unlock()
	_ = c.nc.Close() // nothing more is wanted of it
	b.Flush()
	c.writers.Wait()
	c.read.release()
	return why
}

// abandon ends all streams, and has none opened any more.
func (c *Conn) abandon(b *Batch, cause error) {
	c.mu.Lock()
	c.warned = true
	streams := c.streams
	c.streams = map[uint32]*Stream{}
	for _, s := range streams {
		s.gone = true
		s.held = nil
	}
	c.waiting = nil
	last := c.lastTaken
	cause = c.saidBefore(cause)
	c.mu.Unlock()
	for _, s := range streams {
		panics.Do("tell a stream of its connection's end", func() { // the others are told, too
			s.Events.Closed(b, s, Close{Code: InternalError, Ended: true, Unprocessed: s.id > last, Err: cause})
		})
	}
	b.Flush()
}

// saysWhy is how long a peer that did something wrong has to take what there is to be told.
const saysWhy = time.Second

// sayWhy tells the peer what it did wrong, and gives it time to read that.
func (c *Conn) sayWhy(b *Batch, e *Error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(saysWhy)) // the read fails too
	c.out = appendGoAway(c.out, c.lastPeer, e.Code, e.Text)
	c.finished = true
	b.note(c)
	c.mu.Unlock()
	b.Flush()
	for {
		c.read.r, c.read.w = 0, 0 // whatever comes is nothing to us
		if err := c.read.more(b); err != nil {
			return
		}
	}
}
