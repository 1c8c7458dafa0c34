package backend

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// How coarse the clock is, and how far it sees: what is due later goes round more than once.
const (
	tick      = 10 * time.Millisecond
	clockFace = 1024 // ticks
	idleTicks = 100  // without anything to wait for until the clock rests
	laneTicks = 50   // from one look at lanes to the next
)

// clock ends the calls on lanes whose time is up, so that none needs a timer of its own. It has one goroutine, while
// anybody uses it. All times are late by two ticks at most, and never early.
type clock struct {
	mu      sync.Mutex
	origin  time.Time
	now     int64             // ticks since origin that were dealt with
	face    [clockFace]*alarm // rings by the tick that they are due at
	alarms  int               // that are set
	left    []due             // calls whose caller left
	lanes   map[*lane]bool
	looked  int64 // the tick when lanes were looked at last
	resting bool  // nothing was set for a while: it looks seldom, until it is roused
	users   int
	wake    chan struct{}
	quit    chan struct{}
	ended   chan struct{}
}

// alarm is when a call's time is up. Guarded by the clock's mu.
type alarm struct {
	x          *Exchange
	turn       uint64
	at         int64 // the tick; 0 where it isn't set
	next, prev *alarm
}

// due is a call that is to end.
type due struct {
	x    *Exchange
	turn uint64
}

func newClock() *clock {
	return &clock{origin: time.Now(), lanes: map[*lane]bool{}, wake: make(chan struct{}, 1)}
}

// use starts the clock for the first who uses it. unuse stops it with the last, and waits.
func (c *clock) use() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users++; c.users == 1 {
		c.quit, c.ended = make(chan struct{}), make(chan struct{})
		go c.run(c.quit, c.ended)
	}
}

func (c *clock) unuse() {
	c.mu.Lock()
	c.users--
	last, quit, ended := c.users == 0, c.quit, c.ended
	c.mu.Unlock()
	if last {
		close(quit)
		<-ended
	}
}

// watch has a lane looked after.
func (c *clock) watch(l *lane) {
	c.mu.Lock()
	c.lanes[l] = true
	c.mu.Unlock()
}

func (c *clock) unwatch(l *lane) {
	c.mu.Lock()
	delete(c.lanes, l)
	c.mu.Unlock()
}

// set sets an alarm, which may be set already, for a call's turn.
func (c *clock) set(a *alarm, turn uint64, at time.Time) {
	c.mu.Lock()
	c.unlink(a)
	a.turn = turn
	a.at = max(c.now, int64(at.Sub(c.origin)/tick)) + 1
	slot := &c.face[a.at%clockFace]
	if a.next = *slot; a.next != nil {
		a.next.prev = a
	}
	*slot = a
	c.alarms++
	rests := c.resting
	c.resting = false
	c.mu.Unlock()
	if rests {
		c.rouse()
	}
}

// stop stops an alarm, set or not.
func (c *clock) stop(a *alarm) {
	c.mu.Lock()
	c.unlink(a)
	c.mu.Unlock()
}

// unlink is called with mu held.
func (c *clock) unlink(a *alarm) {
	if a.at == 0 {
		return
	}
	if a.next != nil {
		a.next.prev = a.prev
	}
	if a.prev != nil {
		a.prev.next = a.next
	} else {
		c.face[a.at%clockFace] = a.next
	}
	a.at, a.next, a.prev = 0, nil, nil
	c.alarms--
}

// hurry has a call looked at now: its caller left.
func (c *clock) hurry(x *Exchange, turn uint64) {
	c.mu.Lock()
	c.left = append(c.left, due{x, turn})
	c.mu.Unlock()
	c.rouse()
}

func (c *clock) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run goes until quit is closed.
func (c *clock) run(quit, ended chan struct{}) {
	defer close(ended)
	timer := time.NewTimer(tick)
	defer timer.Stop()
	b := &frames.Batch{}
	for quiet := 0; ; quiet++ {
		select {
		case <-timer.C:
		case <-c.wake:
		case <-quit:
			return
		}
		panics.Do("look at a clock", func() {
			if c.turn(b, time.Now()) {
				quiet = 0
			}
		})
		timer.Stop()
		if quiet >= idleTicks && c.rest() {
			timer.Reset(laneTicks * tick)
		} else {
			timer.Reset(tick)
		}
	}
}

// rest has the clock look seldom, unless something was set meanwhile.
func (c *clock) rest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resting = c.alarms == 0
	return c.resting
}

// turn does what is due. It reports whether there are alarms.
func (c *clock) turn(b *frames.Batch, now time.Time) (busy bool) {
	all, lanes, busy := c.take(now)
	for _, d := range all {
		panics.Do("end a call whose time is up", func() { d.x.expire(b, d.turn, now) })
	}
	for _, l := range lanes {
		panics.Do("look after a lane", func() { l.look(b, now) })
	}
	b.Flush()
	return busy
}

// take returns the calls that are due, and the lanes to be looked at. busy says that there are alarms.
func (c *clock) take(now time.Time) (all []due, lanes []*lane, busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, c.left = c.left, nil
	to := int64(now.Sub(c.origin) / tick)
	if to-c.now > clockFace { // after a rest each slot is looked at once
		c.now = to - clockFace
	}
	for c.now < to {
		c.now++
		for a := c.face[c.now%clockFace]; a != nil; {
			next := a.next
			if a.at <= to {
				all = append(all, due{a.x, a.turn})
				c.unlink(a)
			}
			a = next
		}
	}
	if to-c.looked >= laneTicks {
		c.looked = to
		lanes = slices.AppendSeq(lanes, maps.Keys(c.lanes))
	}
	return all, lanes, c.alarms > 0
}
