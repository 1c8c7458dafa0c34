package backend

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// TestAllOfThisHoldsOnLanes runs this package's tests once more with their calls on lanes, so that what is promised of
// a Backend is promised whichever way a call takes.
func TestAllOfThisHoldsOnLanes(t *testing.T) {
	if *byLane {
		return // it does
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), self, "-lanes").CombinedOutput()
	if err != nil {
		t.Errorf("on lanes: %v\n%s", err, out)
	}
}

// laned returns a backend of one instance that has a lane, and the instance.
func laned(t *testing.T, addr string, change ...func(*Options)) (*Backend, *instance) {
	t.Helper()
	b := get(t, WithLanes(loops), "connect", []Address{{Target: addr}}, change...)
	b.Connect()
	if !b.awaitLane(10 * time.Second) {
		t.Fatal("no lane is made")
	}
	return b, b.fleet.picker.Load().entries[0].instance
}

// begin begins a call on a lane.
func begin(t *testing.T, b *Backend, text string) *caller {
	t.Helper()
	c := newCaller(t.Context())
	var batch frames.Batch
	defer batch.Flush()
	if !b.awaitLane(10*time.Second) || !b.Start(&batch, &c.x, request(t, text), nil) {
		t.Fatal("no lane takes the call")
	}
	return c
}

// front is what stands in front of an instance: its connections stay when the instance is gone, and take all that
// is said.
type front struct {
	made  atomic.Int32
	hangs atomic.Int32 // the number of the connection whose other end is gone
}

func (l *front) start(t *testing.T, to string) (addr string) {
	return peertest.Serve(t, func(near net.Conn) {
		n := l.made.Add(1)
		far, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		var both sync.WaitGroup
		pass := func(from, to net.Conn) {
			defer from.Close()
			defer to.Close()
			piece := make([]byte, 4<<10)
			for {
				n2, err := from.Read(piece)
				if err != nil {
					return
				}
				if l.hangs.Load() != n {
					_, _ = to.Write(piece[:n2]) // the other direction ends, too
				}
			}
		}
		both.Go(func() { pass(far, near) })
		pass(near, far)
		both.Wait()
	})
}

// TestALaneWhoseInstanceIsGoneIsMadeAgain has the other end of a lane go away while its connection stays, as behind a
// balancer of connections; that of grpc-go is well.
func TestALaneWhoseInstanceIsGoneIsMadeAgain(t *testing.T) {
	lb := &front{}
	b, _ := laned(t, lb.start(t, peertest.Start(t, peertest.Echo()).Addr), within(hangs+hangs/50))
	if c := begin(t, b, "before"); <-c.told == struct{}{} && c.x.Err != nil {
		t.Fatal(c.x.Err)
	}
	lb.hangs.Store(2) // grpc-go's was first
	for lost := 0; ; lost++ {
		c := begin(t, b, "x")
		if <-c.told; c.x.Err == nil {
			break
		}
		if status.CodeOf(c.x.Err) != status.DeadlineExceeded || lost == 2 { // one may be told what was under way
			t.Fatalf("after %d calls that nobody heard: %v", lost, c.x.Err)
		}
	}
}

// TestASlowInstanceKeepsItsLane has calls time out while others are answered.
func TestASlowInstanceKeepsItsLane(t *testing.T) {
	echo := peertest.Start(t, peertest.Echo())
	_, i := laned(t, echo.Addr)
	l := i.lanes.usable()
	last := l.conn.LastRead()
	for name, c := range map[string]struct {
		begun, now time.Duration // after something came last
		hung       bool
	}{
		"nothing came since":         {time.Minute, time.Minute + hangs, true},
		"something came since":       {-1, time.Minute, false},
		"it was asked a moment ago":  {1, hangs - 1, false},
		"it was asked long enough":   {1, hangs, true},
		"it came when the call came": {0, time.Minute, false},
	} {
		if got := l.hung(last.Add(c.begun), last.Add(c.now)); got != c.hung {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestASilentLaneIsAskedAndCut has an instance say nothing while a call is open for as long as grpc-go puts up with.
func TestASilentLaneIsAskedAndCut(t *testing.T) {
	asked := make(chan struct{}, 2)
	addr := peertest.Serve(t, func(conn net.Conn) {
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(conn, preface); err != nil {
			return
		}
		fr := http2.NewFramer(conn, conn)
		_ = fr.WriteSettings() // who has gone shows up in ReadFrame
		for {
			frame, err := fr.ReadFrame()
			if err != nil {
				return
			}
			if _, ok := frame.(*http2.PingFrame); ok {
				asked <- struct{}{}
			}
		}
	})
	b, i := laned(t, addr, within(time.Hour), func(o *Options) { o.NoHealthCheck = true })
	l := i.lanes.usable()
	var batch frames.Batch
	now := time.Now()
	look := func(after time.Duration) {
		l.look(&batch, now.Add(after))
		batch.Flush()
	}
	look(pingAfter + time.Minute) // no call is open
	c := begin(t, b, "x")
	look(pingAfter - time.Minute)
	look(pingAfter + time.Minute)
	<-asked
	look(pingAfter + time.Minute + deadAfter)
	select {
	case <-c.told:
		t.Fatalf("it was cut too early: %v", c.x.Err)
	default:
	}
	look(pingAfter + time.Minute + deadAfter + 1)
	if <-c.told; status.CodeOf(c.x.Err) != status.Unavailable {
		t.Errorf("the call ends with %v", c.x.Err)
	}
	if len(asked) != 0 {
		t.Error("it was asked more than once")
	}
}

// TestTheNextLaneDoesntWaitForCallsOfTheLast has an instance announce the end of each connection with its first call,
// which it doesn't answer.
func TestTheNextLaneDoesntWaitForCallsOfTheLast(t *testing.T) {
	var going atomic.Bool
	p := startFramed(t, func(fr *http2.Framer, stream uint32, _ int32) {
		if going.Load() {
			_ = fr.WriteGoAway(stream, http2.ErrCodeNo, nil) // a client that has gone shows up in ReadFrame
			return
		}
		answer(fr, stream)
	})
	b, i := laned(t, p.Addr, within(time.Hour))
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var open []*caller
	going.Store(true)
	for {
		wait := time.Second / 2
		if len(open) < 3 { // there will be another one, however long that takes
			wait = time.Minute
		}
		if !b.awaitLane(wait) {
			break
		}
		l := i.lanes.usable()
		c := newCaller(ctx)
		var batch frames.Batch
		if l == nil || !b.Start(&batch, &c.x, request(t, "slow"), nil) {
			continue
		}
		batch.Flush()
		if open = append(open, c); len(open) > 1+lanesDraining {
			t.Fatalf("%d lanes are there", len(open))
		}
		<-l.left
	}
	if len(open) < 3 {
		t.Errorf("there were no more than %d lanes with calls on them", len(open))
	}
	leave()
	for n, c := range open {
		if len(c.told) != 0 {
			t.Errorf("call %d is over: %v", n, c.x.Err)
		}
		c.x.Leave()
		<-c.told
	}
	going.Store(false)
	c := begin(t, b, "after")
	if <-c.told; c.x.Err != nil {
		t.Error(c.x.Err)
	}
}

// TestALaneThatWeLeaveIsReplacedAtOnce has our side end a connection, as where its stream numbers are used up, with a
// call open on it.
func TestALaneThatWeLeaveIsReplacedAtOnce(t *testing.T) {
	release := make(chan struct{})
	peer := peertest.Start(t, func(_ context.Context, got []byte) ([]byte, error) {
		if bytes.Contains(got, []byte("slow")) {
			<-release
		}
		return got, nil
	})
	b, i := laned(t, peer.Addr)
	slow := begin(t, b, "slow")
	var batch frames.Batch
	i.lanes.usable().conn.GoAway(&batch)
	batch.Flush()
	quick := begin(t, b, "quick")
	if <-quick.told; quick.x.Err != nil {
		t.Error(quick.x.Err)
	}
	if len(slow.told) != 0 {
		t.Errorf("the call that was open is over: %v", slow.x.Err)
	}
	close(release)
	if <-slow.told; slow.x.Err != nil {
		t.Error(slow.x.Err)
	}
}

// TestALaneThatIsLateTakesNoPlace has an instance greet a lane whose time is over, in whichever order that is noticed.
func TestALaneThatIsLateTakesNoPlace(t *testing.T) {
	of := &lanes{}
	one := func() *lane { return &lane{of: of, left: make(chan struct{})} }
	ended, end := context.WithCancel(t.Context())
	good, late, left := one(), one(), one()
	good.enter(t.Context())
	left.leave()
	left.enter(ended)
	end()
	late.enter(ended)
	late.leave()
	late.leave()
	if of.open.Load() != good {
		t.Error("the lane that takes calls was taken away")
	}
	good.leave()
	if of.open.Load() != nil {
		t.Error("a lane that left is there still")
	}
}
