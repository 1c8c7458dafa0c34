package backend

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// lanes are those of an instance: one that takes calls, and others whose calls go on to their ends. With two that take
// calls a message took as much processor time, and each write carried fewer. A lane lives while grpc-go's connection is
// ready, and another one is made where it ends before.
type lanes struct {
	open atomic.Pointer[lane] // nil where none takes calls at the moment
	mu   sync.Mutex           // held while open changes
}

const (
	// lanesDraining is how many there may be beside the one that takes calls.
	lanesDraining = 16
	// lanesApart is the least time from one connection to the next, where instances end each soon.
	lanesApart = 10 * time.Millisecond
)

// usable returns the lane that takes a call now; nil where none does.
func (l *lanes) usable() *lane {
	one := l.open.Load()
	switch {
	case one == nil:
	case one.conn.Usable():
		return one
	case one.conn.Leaving():
		one.leave()
	}
	return nil
}

// enter has the lane take calls, unless it left or ready ended: there may be another one by then.
func (l *lane) enter(ready context.Context) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	if ready.Err() == nil && !l.gone() {
		l.of.open.Store(l)
	}
}

// leave has the lane take no more calls. What is in flight goes on to its end.
func (l *lane) leave() {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.of.open.CompareAndSwap(l, nil)
	if !l.gone() {
		close(l.left)
	}
}

func (l *lane) gone() bool {
	select {
	case <-l.left:
		return true
	default:
		return false
	}
}

// end has the lane leave, and its connection end with the last of its calls.
func (l *lane) end(b *frames.Batch) {
	l.leave()
	l.conn.GoAway(b)
}

// hangs is how long an instance says nothing at all, at least, until a call whose time is up is taken for a sign that
// it isn't there any more.
const hangs = 5 * time.Second

// hung reports whether nothing came on the lane since a call began whose time is up. An instance that is slow answers
// others, or says what its windows are; where none of that comes another connection costs little.
func (l *lane) hung(begun, now time.Time) bool {
	last := l.conn.LastRead()
	return last.Before(begun) && now.Sub(last) >= hangs
}

// look does what time asks for, on the clock. A silent instance is asked whether it is there as grpc-go does: by a PING
// while calls are open.
func (l *lane) look(b *frames.Batch, now time.Time) {
	l.conn.Tick(b, now)
	silent := now.Sub(l.conn.LastRead())
	switch {
	case silent < pingAfter:
		l.asked = time.Time{}
	case !l.asked.IsZero():
		if now.Sub(l.asked) > deadAfter {
			l.conn.Close()
		}
	case l.conn.Streams() > 0:
		l.asked = now
		l.conn.Ping(b)
	}
}

// openLanes keeps a lane to an instance that is ready, until leaveLanes. The caller holds f.mu.
func (f *fleet) openLanes(i *instance) {
	if f.clock == nil || f.ctx.Err() != nil {
		return
	}
	ready, leave := context.WithCancel(f.ctx)
	i.noLanes = leave
	f.wait.Go(func() {
		defer panics.Caught("keep a lane")
		f.clock.use()
		defer f.clock.unuse()
		f.keep(ready, i)
	})
}

// leaveLanes has no call begin on an instance's lanes any more. The caller holds f.mu.
func (f *fleet) leaveLanes(i *instance) {
	if i.noLanes != nil {
		i.noLanes()
		i.noLanes = nil
	}
}

// keep keeps a lane until ready ends, and then waits for its calls. Where one takes no more calls the next is made at
// once: it drains meanwhile.
func (f *fleet) keep(ready context.Context, i *instance) {
	var serving sync.WaitGroup
	defer serving.Wait()
	room := make(chan struct{}, 1+lanesDraining)
	backoff := reconnect.BaseDelay
	for ready.Err() == nil {
		select {
		case room <- struct{}{}:
		case <-ready.Done():
			return
		}
		began, useful := time.Now(), false
		var l *lane
		panics.Do("connect a lane", func() { l, _ = f.dial(ready, i) }) // grpc-go's connection tells people
		if l == nil {
			<-room
		} else {
			serving.Go(func() {
				defer panics.Caught("carry calls to an instance")
				defer func() { <-room }()
				f.serve(ready, l)
			})
			<-l.left
			useful = l.conn.Greeted() && l.link.useful()
		}
		pause := backoff
		if useful {
			pause, backoff = lanesApart-time.Since(began), reconnect.BaseDelay
		} else {
			backoff = min(time.Duration(float64(backoff)*reconnect.Multiplier), reconnect.MaxDelay)
		}
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ready.Done():
		}
		again.Stop()
	}
}

// serve reads from a lane until it ends.
func (f *fleet) serve(ready context.Context, l *lane) {
	defer l.leave()
	defer time.AfterFunc(connectTimeout, func() {
		defer panics.Caught("close a lane")
		if !l.conn.Greeted() {
			l.conn.Close()
		}
	}).Stop()
	defer context.AfterFunc(ready, func() { // what is in flight goes on to its end
		defer panics.Caught("leave a lane")
		var b frames.Batch
		l.end(&b)
		b.Flush()
	})()
	defer context.AfterFunc(f.ctx, func() {
		defer panics.Caught("close a lane")
		l.conn.Close()
	})()
	f.clock.watch(l)
	defer f.clock.unwatch(l)
	_ = l.conn.Serve(&frames.Batch{}) // calls are told, and grpc-go's connection tells people
}

// dial connects to an instance as grpc-go does. The lane takes calls once the instance has said its SETTINGS: until
// then it is only its system that has taken the connection.
func (f *fleet) dial(ready context.Context, i *instance) (*lane, error) {
	ctx, cancel := context.WithTimeout(ready, connectTimeout)
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
	l := &lane{link: &link{since: time.Now()}, common: f.common(i), of: &i.lanes, left: make(chan struct{})}
	if secured != conn {
		secured = opaque{secured}
	} else {
		secured = f.loops.Take(conn)
	}
	l.conn = frames.NewClient(secured, frames.Options{
		HeaderBytes: answerHeaders, WriteTimeout: deadAfter,
		Greeted: func(*frames.Batch, *frames.Conn) { l.enter(ready) },
		GoAway: func(_ *frames.Batch, c *frames.Conn) {
			last, code := c.Left()
			l.link.ending.Store(&ending{last: last, code: uint32(code)})
			l.leave()
		},
	})
	return l, nil
}
