package backend

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/balancer"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// How long a word of health must hold until it counts, so that an instance that flaps doesn't make calls flap.
const (
	downAfter  = 100 * time.Millisecond // from SERVING to NOT_SERVING
	upAfter    = time.Second            // and back
	firstWord  = time.Second            // how long a new connection is left alone until it has said how it is
	watchAgain = 10 * time.Second       // how long after a watch that ended another one begins
)

// health is what an instance says about itself by grpc.health.v1. Guarded by fleet.mu.
type health struct {
	pending  bool        // the connection is new and has said nothing yet
	down     bool        // it is NOT_SERVING, for long enough
	says     bool        // what it said last, true for NOT_SERVING
	absent   atomic.Bool // it has no word to say
	stop     context.CancelFunc
	stopWait func() // stops the wait for a change to hold
}

// producer gives the connection of an instance for calls besides those of the fleet.
type producer struct{}

func (producer) Build(conn any) (balancer.Producer, func()) { return conn, func() {} }

// watch listens to the health of an instance that was just connected. The caller holds f.mu.
func (f *fleet) watch(i *instance) {
	if f.place.noHealthCheck || f.ctx.Err() != nil {
		return
	}
	built, done := i.conn.GetOrBuildProducer(producer{})
	conn, ok := built.(grpc.ClientConnInterface)
	if !ok {
		done()
		return
	}
	ctx, stop := context.WithCancel(f.ctx)
	// A connection that replaces another one brings the same instance: what is known of it holds until it says
	// otherwise.
	known := i.replacing
	i.health.pending, i.health.stop = !known, stop
	f.after(firstWord, func() {
		if ctx.Err() == nil && i.health.pending {
			i.health.pending = false
			f.publish()
		}
	})
	f.wait.Go(func() {
		defer done()
		for first := true; ctx.Err() == nil; first = false {
			if !first || !known || !i.health.absent.Load() {
				panics.Do("watch an instance's health", func() {
					f.follow(ctx, i, grpc_health_v1.NewHealthClient(conn))
				})
			}
			pause := time.NewTimer(watchAgain)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
			}
		}
	})
}

// unwatch stops listening. What the instance said last stays, until it says something else. The caller holds f.mu.
func (f *fleet) unwatch(i *instance) {
	if i.health.stop != nil {
		i.health.stop()
		i.health.stop = nil
	}
	i.health.pending = false
	i.health.stopWaiting()
	i.health.says = i.health.down
}

// follow passes on what one watch says. A server without the service, or one that doesn't let us watch, is as healthy
// as its connection.
func (f *fleet) follow(ctx context.Context, i *instance, client grpc_health_v1.HealthClient) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch, err := client.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	for err == nil {
		var word *grpc_health_v1.HealthCheckResponse
		if word, err = watch.Recv(); err == nil {
			f.said(ctx, i, word.GetStatus() == grpc_health_v1.HealthCheckResponse_NOT_SERVING, false)
		}
	}
	code := grpcstatus.Code(err)
	i.health.absent.Store(code == codes.Unimplemented)
	if code != codes.Unavailable && code != codes.Canceled {
		f.said(ctx, i, false, true)
	}
}

// said takes on a word of health: at once where it is the first of a connection and a bad one, or where the server
// has none to say, else when it has held.
func (f *fleet) said(ctx context.Context, i *instance, down, atOnce bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	first := i.health.pending
	i.health.pending = false
	switch {
	case down == i.health.says: // nothing new, or its wait is going on
	case atOnce, first && down:
		i.health.stopWaiting()
		i.health.says = down
		f.believe(i)
	default:
		i.health.stopWaiting()
		i.health.says = down
		if down != i.health.down {
			i.health.stopWait = f.after(holds(down), func() {
				f.believe(i)
				f.publish()
			})
		}
	}
	f.publish()
}

func holds(down bool) time.Duration {
	if down {
		return downAfter
	}
	return upAfter
}

// believe lets count what the instance said last. The caller holds f.mu.
func (f *fleet) believe(i *instance) {
	i.health.down = i.health.says
	if i.health.down {
		i.reason = "NOT_SERVING"
	}
}

// stopWaiting ends the wait for a change to hold, if there is one.
func (h *health) stopWaiting() {
	if h.stopWait != nil {
		h.stopWait()
		h.stopWait = nil
	}
}
