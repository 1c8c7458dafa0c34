package backend

import (
	"context"
	"encoding/base64"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// lane is a connection to an instance beside grpc-go's, for calls that nobody waits for: see Backend.Start. It lives
// while grpc-go's is ready, and is made again where it ends before.
type lane struct {
	conn   *frames.Conn
	link   *link
	common []frames.Field // of every request
}

// lanes are those of an instance.
type lanes struct {
	all  [lanesEach]atomic.Pointer[lane] // nil where there is none at the moment
	next atomic.Uint32
}

// lanesEach is how many lanes an instance has. With two of them a message took as much
// processor time, and each write carried fewer.
const lanesEach = 1

// choose returns a lane that takes a call now; nil where none does.
func (l *lanes) choose() *lane {
	turn := uint32(0)
	if lanesEach > 1 {
		turn = l.next.Add(1)
	}
	for n := range uint32(lanesEach) {
		if one := l.all[(turn+n)%lanesEach].Load(); one != nil && one.conn.Usable() {
			return one
		}
	}
	return nil
}

// openLanes keeps lanes to an instance that is ready, until leaveLanes. The caller holds f.mu.
func (f *fleet) openLanes(i *instance) {
	if f.clock == nil || f.ctx.Err() != nil {
		return
	}
	ready, leave := context.WithCancel(f.ctx)
	i.noLanes = leave
	for n := range i.lanes.all {
		f.wait.Go(func() {
			defer panics.Caught("keep a lane")
			f.clock.use()
			defer f.clock.unuse()
			f.keep(ready, i, &i.lanes.all[n])
		})
	}
}

// leaveLanes has no call begin on an instance's lanes any more. The caller holds f.mu.
func (f *fleet) leaveLanes(i *instance) {
	if i.noLanes != nil {
		i.noLanes()
		i.noLanes = nil
	}
}

// keep keeps one lane.
func (f *fleet) keep(ready context.Context, i *instance, at *atomic.Pointer[lane]) {
	pause := reconnect.BaseDelay
	for ready.Err() == nil {
		useful := false
		panics.Do("carry calls to an instance", func() { useful = f.serve(ready, i, at) })
		if useful {
			pause = reconnect.BaseDelay
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ready.Done():
		}
		again.Stop()
		pause = min(time.Duration(float64(pause)*reconnect.Multiplier), reconnect.MaxDelay)
	}
}

// serve makes a lane, and reads from it until it ends. It reports whether the lane was good for something.
func (f *fleet) serve(ready context.Context, i *instance, at *atomic.Pointer[lane]) (useful bool) {
	l, err := f.dial(ready, i, at)
	if err != nil { // grpc-go's connection tells people
		return false
	}
	defer at.CompareAndSwap(l, nil)
	defer time.AfterFunc(connectTimeout, func() {
		defer panics.Caught("close a lane")
		if !l.conn.Greeted() {
			l.conn.Close()
		}
	}).Stop()
	defer context.AfterFunc(ready, func() { // what is in flight goes on to its end
		defer panics.Caught("leave a lane")
		at.CompareAndSwap(l, nil)
		var b frames.Batch
		l.conn.GoAway(&b)
		b.Flush()
	})()
	defer context.AfterFunc(f.ctx, func() {
		defer panics.Caught("close a lane")
		l.conn.Close()
	})()
	f.clock.watch(l.conn)
	defer f.clock.unwatch(l.conn)
	_ = l.conn.Serve(&frames.Batch{}) // calls are told, and grpc-go's connection tells people
	return l.conn.Greeted() && l.link.useful()
}

// dial connects to an instance as grpc-go does. The lane takes calls, and is stored, once the instance has said its
// SETTINGS: until then it is only its system that has taken the connection.
func (f *fleet) dial(ctx context.Context, i *instance, at *atomic.Pointer[lane]) (*lane, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := dialer.DialContext(ctx, "tcp", i.addr)
	if err != nil {
		return nil, err
	}
	userTimeout(conn, deadAfter)
	secured, _, err := f.creds.ClientHandshake(ctx, i.serverName, conn)
	if err != nil {
		_ = conn.Close() // it was of no use
		return nil, err
	}
	l := &lane{link: &link{since: time.Now()}, common: f.common(i)}
	if secured != conn {
		secured = opaque{secured}
	} else {
		secured = f.loops.Take(conn)
	}
	l.conn = frames.NewClient(secured, frames.Options{
		HeaderBytes: answerHeaders, WriteTimeout: deadAfter,
		Greeted: func(*frames.Batch, *frames.Conn) { at.Store(l) },
		GoAway: func(_ *frames.Batch, c *frames.Conn) {
			last, code := c.Left()
			l.link.ending.Store(&ending{last: last, code: uint32(code)})
		},
	})
	return l, nil
}

// opaque is a connection whose bytes aren't those of its socket. grpc-go's credentials hand out a TLS connection that
// offers the socket nevertheless.
type opaque struct{ net.Conn }

// answerHeaders is how large a header list of an answer may be: what grpc-go takes is 16 MB, which nobody sends.
const answerHeaders = 1 << 20

// common are the headers that all requests to an instance have, as grpc-go sends them.
func (f *fleet) common(i *instance) []frames.Field {
	scheme := "http"
	if f.place.tls != nil {
		scheme = "https"
	}
	all := []frames.Field{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: scheme},
		{Name: ":path", Value: routrpbconnect.ProcessorProcessMessageProcedure},
		{Name: ":authority", Value: i.serverName},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "user-agent", Value: f.place.userAgent + " grpc-go/" + grpc.Version},
		{Name: "te", Value: "trailers"},
	}
	if encoding.GetCompressor("gzip") != nil {
		all = append(all, frames.Field{Name: "grpc-accept-encoding", Value: "gzip"})
	}
	return all
}

// request appends the headers of a request.
func (l *lane) request(head []frames.Field, timeout frames.Field, md map[string][]string) []frames.Field {
	head = append(append(head, l.common...), timeout)
	for key, values := range md {
		if reservedKey(key) {
			continue
		}
		for _, v := range values {
			if strings.HasSuffix(key, "-bin") {
				v = base64.RawStdEncoding.EncodeToString([]byte(v))
			}
			head = append(head, frames.Field{Name: key, Value: v})
		}
	}
	return head
}

// reservedKey reports whether grpc-go leaves metadata of this key out.
func reservedKey(key string) bool {
	switch key {
	case "content-type", "user-agent", "grpc-message-type", "grpc-encoding", "grpc-message", "grpc-status",
		"grpc-timeout", "te":
		return true
	}
	return strings.HasPrefix(key, ":")
}

// takes reports whether the instance is taken to accept a header list: what it says decides, and else what gRPC's
// specification suggests (see headers.fit).
func (l *lane) takes(head []frames.Field, h *headers) bool {
	most, said := l.conn.HeadersTaken()
	if !said {
		return h.bytes <= headersTaken
	}
	size := uint32(0)
	for _, f := range head {
		size += uint32(len(f.Name) + len(f.Value) + 32) // RFC 9113 section 6.5.2; a header list has far less than 4 GiB
	}
	return size <= most
}

// timeout returns the header that says what is left of the call's time. Where a caller hurries the call no other has
// the same, and its text is in x's buffer, valid until the next call.
func (x *Exchange) timeout() frames.Field {
	c := &x.call
	if c.limit == c.backend.opts.Timeout {
		return frames.Field{Name: "grpc-timeout", Value: c.backend.timeout}
	}
	text := appendTimeout(x.limit[:0], c.limit)
	return frames.Field{
		Name: "grpc-timeout", Value: unsafe.String(&text[0], len(text)), Sensitive: true, // nobody keeps it, therefore
	}
}

// appendTimeout appends a time as grpc-timeout has it ("gRPC over HTTP2", Requests), no shorter than it is.
func appendTimeout(to []byte, left time.Duration) []byte {
	const most = 99999999
	unit, units := time.Nanosecond, "numSMH"
	for n, longer := range []time.Duration{
		time.Microsecond, time.Millisecond, time.Second, time.Minute, time.Hour,
	} {
		if (left+unit-1)/unit <= most {
			break
		}
		unit, units = longer, "numSMH"[n+1:]
	}
	return append(strconv.AppendInt(to, int64((left+unit-1)/unit), 10), units[0])
}
