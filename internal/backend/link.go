package backend

import (
	"context"
	"encoding/binary"
	"math"
	"net"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
)

// link is one connection to an instance. It reads along what the instance says about the connection itself, which
// grpc-go keeps to itself: that it ends (GOAWAY), and how large headers may be (SETTINGS). What passes isn't changed.
type link struct {
	net.Conn
	since time.Time
	until time.Time // when the instance's certificate ends; zero in clear text

	headers  atomic.Uint32          // the largest header list that the instance takes; 0 where it says nothing
	ending   atomic.Pointer[ending] // what it said when it announced the end; nil before
	answered atomic.Bool            // a call was answered on it
	lost     atomic.Bool            // that it broke was counted
	resets   resets

	frame [frameKept]byte // the frame that is being read, as far as it is looked at
	have  int             // so much of frame is there
	want  int             // and so much is looked at
	skip  int             // bytes that are passed over before the next frame
}

// ending is what a GOAWAY says.
type ending struct {
	last uint32 // the last stream that the instance will process; lastUnknown where it is yet to say
	code uint32 // why; 0 for no error
}

// What is looked at of HTTP/2 (RFC 9113 sections 6.5, 6.5.2 and 6.8).
const (
	frameSettings   = 4
	frameGoAway     = 7
	settingsHeaders = 6 // SETTINGS_MAX_HEADER_LIST_SIZE

	frameHeader = 9
	frameKept   = frameHeader + 32*6 // a SETTINGS frame with more settings than there are kinds
	lastUnknown = math.MaxInt32
)

// Read is part of net.Conn.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.see(p[:n])
	return n, err
}

// see takes in what was read (RFC 9113 section 4.1). One goroutine reads.
func (l *link) see(p []byte) {
	for len(p) > 0 {
		if l.skip > 0 {
			n := min(l.skip, len(p))
			p, l.skip = p[n:], l.skip-n
			continue
		}
		if l.want == 0 {
			l.want = frameHeader
		}
		n := copy(l.frame[l.have:l.want], p)
		p, l.have = p[n:], l.have+n
		if l.have < l.want {
			return
		}
		if l.have == frameHeader && l.looksInto() {
			continue
		}
		l.take(l.frame[3], l.frame[frameHeader:l.have])
		l.skip = l.length() - (l.have - frameHeader)
		l.have, l.want = 0, frameHeader
	}
}

// length is how many bytes the frame's payload has.
func (l *link) length() int { return int(l.frame[0])<<16 | int(l.frame[1])<<8 | int(l.frame[2]) }

// looksInto reports whether the payload of the frame is to be read too, and says how much of it.
func (l *link) looksInto() bool {
	switch l.frame[3] {
	case frameGoAway, frameSettings:
		l.want += min(l.length(), frameKept-frameHeader)
	}
	return l.want > frameHeader
}

func (l *link) take(kind byte, payload []byte) {
	switch {
	case kind == frameGoAway && len(payload) >= 8:
		l.ending.Store(&ending{
			last: binary.BigEndian.Uint32(payload) &^ (1 << 31), code: binary.BigEndian.Uint32(payload[4:]),
		})
	case kind == frameSettings:
		for ; len(payload) >= 6; payload = payload[6:] {
			if binary.BigEndian.Uint16(payload) == settingsHeaders {
				l.headers.Store(binary.BigEndian.Uint32(payload[2:]))
			}
		}
	}
}

// answers notes that a call was answered. l may be nil.
func (l *link) answers() {
	if l != nil && !l.answered.Load() {
		l.answered.Store(true)
	}
}

// breaks reports whether it is the first to notice that the connection broke: one that breaks counts once against its
// instance, however many calls it takes along. l may be nil.
func (l *link) breaks() bool { return l == nil || l.lost.CompareAndSwap(false, true) }

// announced reports whether the instance announced the end of the connection, in good order. It may be nil.
func (l *link) announced() bool {
	if l == nil {
		return false
	}
	e := l.ending.Load()
	return e != nil && e.code == 0
}

// useful reports whether the connection that ended was good for something, so that the next one is made at once:
// pauses are for connections that never answered. One that was announced to end the moment it began was not.
func (l *link) useful() bool {
	const moment, lasting = 10 * time.Millisecond, time.Second
	if l == nil {
		return false
	}
	lasted := time.Since(l.since)
	if l.answered.Load() || lasted >= lasting {
		return true
	}
	e := l.ending.Load()
	return e != nil && e.code == 0 && e.last != 0 && (e.last != lastUnknown || lasted >= moment)
}

// observed are credentials whose connections are links.
type observed struct {
	credentials.TransportCredentials
}

// instanceKey is where an address carries its instance.
type instanceKey struct{}

// ClientHandshake is part of grpc-go's TransportCredentials.
func (o observed) ClientHandshake(
	ctx context.Context, authority string, conn net.Conn,
) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := o.TransportCredentials.ClientHandshake(ctx, authority, conn)
	if err != nil {
		return nil, nil, err
	}
	l := &link{Conn: conn, since: time.Now()}
	if t, ok := info.(credentials.TLSInfo); ok && len(t.State.PeerCertificates) > 0 {
		l.until = t.State.PeerCertificates[0].NotAfter
	}
	if i, ok := credentials.ClientHandshakeInfoFromContext(ctx).Attributes.Value(instanceKey{}).(*instance); ok {
		i.newest.Store(l)
	}
	return l, info, nil
}

// Clone is part of grpc-go's TransportCredentials.
func (o observed) Clone() credentials.TransportCredentials {
	return observed{o.TransportCredentials.Clone()}
}
