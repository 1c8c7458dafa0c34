package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// DefaultFleet is what the subjects of a fleet begin with.
const DefaultFleet = "routr.fleet"

// FleetOptions say who this replica is. All but Subject must be set; the functions must be safe for concurrent use.
type FleetOptions struct {
	Server  Server
	Subject string        // that subjects begin with, one for each fleet; default DefaultFleet
	Token   func() string // that all replicas share; without one, nothing is said or heard
	Self    func() State  // of this replica; its Admin may lack a host, which becomes the one that the server sees
	// Answer answers another replica's question, until ctx ends.
	Answer func(ctx context.Context, q Question) Reply
	Log    *slog.Logger
}

// Fleet is this replica among those of its fleet: it tells of itself, hears of others, asks them and answers them. What
// it hears is bounded, and all of it is sealed with the token; what isn't is dropped. It is safe for concurrent use.
type Fleet struct {
	opts   FleetOptions
	server server
	sealer sealer
	conn   atomic.Pointer[nats.Conn] // nil until there is one
	bootID string                    // of this replica, known once it runs

	mu      sync.Mutex
	others  map[string]heard // by boot ID
	leftOut uint64           // announcements that there was no room for
	dropped atomic.Uint64    // messages that weren't what they should be

	complained atomic.Int64 // when, in nanoseconds

	stop context.CancelFunc
	work sync.WaitGroup
}

// NewFleet returns a Fleet that says nothing before Start. Close it.
func NewFleet(o FleetOptions) (*Fleet, error) {
	if o.Subject == "" {
		o.Subject = DefaultFleet
	}
	if err := publishable(o.Subject); err != nil {
		return nil, fmt.Errorf("join a fleet: %w", err)
	}
	s, err := newServer(o.Server)
	if err != nil {
		return nil, fmt.Errorf("join a fleet: %w", err)
	}
	f := &Fleet{
		opts: o, server: s, sealer: sealer{token: o.Token, salt: o.Subject}, others: map[string]heard{},
		stop: func() {},
	}
	f.server.opts = append(s.opts, nats.NoEcho(), nats.RetryOnFailedConnect(true), nats.PingInterval(pingEach),
		nats.FlusherTimeout(writeWithin), nats.ErrorHandler(f.complain))
	return f, nil
}

// How long a server that says nothing, and takes nothing, is put up with.
const (
	pingEach    = 10 * time.Second
	writeWithin = 2 * time.Second
	complain    = time.Minute // how often the log is told of what a server refuses
)

// complain tells of what the server refuses, such as a subject that these credentials may not use.
func (f *Fleet) complain(_ *nats.Conn, _ *nats.Subscription, err error) {
	now := monotonic.Now()
	if last := f.complained.Load(); now-last > int64(complain) && f.complained.CompareAndSwap(last, now) {
		f.opts.Log.Warn("the fleet isn't heard, or not wholly", "server", f.server.name, "error", err)
	}
}

// Start begins, and waits for nothing.
func (f *Fleet) Start() {
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	f.work.Go(func() {
		defer panics.Caught("talk to the fleet")
		f.run(ctx)
	})
}

// Close says that this replica leaves, and waits for what it was at.
func (f *Fleet) Close() {
	f.stop()
	f.work.Wait()
}

// Connected reports whether there is a connection to the server at the moment.
func (f *Fleet) Connected() bool {
	conn := f.conn.Load()
	return conn != nil && conn.IsConnected()
}

// Stats says what was heard and dropped.
func (f *Fleet) Stats() (leftOut, dropped uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.leftOut, f.dropped.Load()
}

// The subjects of a fleet.
func (f *Fleet) announcements() string            { return f.opts.Subject + ".announce" }
func (f *Fleet) questionsOf(bootID string) string { return f.opts.Subject + ".ask." + bootID }

// Bounds on what waits to be read of a subscription: more is lost, as if it was never sent.
const (
	pendingMessages = 256
	pendingBytes    = 4 << 20
)

// run talks to the fleet until ctx ends.
func (f *Fleet) run(ctx context.Context) {
	conn, err := nats.Connect(f.server.url, f.server.opts...)
	if err != nil {
		f.opts.Log.Error("this replica can't join its fleet", "server", f.server.name,
			"error", strings.ReplaceAll(err.Error(), f.server.url, f.server.name))
		return
	}
	f.conn.Store(conn)
	defer conn.Close()
	f.bootID = f.opts.Self().BootID
	var all sync.WaitGroup
	defer all.Wait()
	for subject, take := range map[string]func(context.Context, *nats.Msg){
		f.announcements():       func(_ context.Context, m *nats.Msg) { f.takeAnnouncement(m) },
		f.questionsOf(f.bootID): f.answerer(&all),
	} {
		sub, err := conn.SubscribeSync(subject)
		if err == nil {
			err = sub.SetPendingLimits(pendingMessages, pendingBytes)
		}
		if err != nil {
			f.opts.Log.Error("this replica can't hear its fleet", "subject", subject, "error", err)
			return
		}
		all.Go(func() {
			defer panics.Caught("hear the fleet")
			f.read(ctx, sub, take)
		})
	}
	f.announce(ctx, conn)
}

// read hands on what comes until ctx ends.
func (f *Fleet) read(ctx context.Context, sub *nats.Subscription, take func(context.Context, *nats.Msg)) {
	for ctx.Err() == nil {
		m, err := sub.NextMsgWithContext(ctx)
		switch {
		case errors.Is(err, nats.ErrSlowConsumer): // some are lost; it goes on
		case err != nil && ctx.Err() == nil: // the connection is over
			<-ctx.Done()
		case err == nil:
			panics.Do("hear the fleet", func() { take(ctx, m) })
		}
	}
}

// errSelf is what becomes of an announcement of ours that somebody says again: we don't hear our own.
var errSelf = errors.New("it is this replica's own")

func (f *Fleet) takeAnnouncement(m *nats.Msg) {
	text, err := f.sealer.open("announce", m.Data)
	if err == nil {
		var a announcement
		if a, err = readAnnouncement(text); err == nil && a.BootID == f.bootID {
			err = errSelf
		}
		if err == nil {
			f.hear(a, time.Now())
		}
	}
	if err != nil {
		f.dropped.Add(1)
	}
}

// announce tells of this replica: often enough to be known alive, and at once where something changed.
func (f *Fleet) announce(ctx context.Context, conn *nats.Conn) {
	tick := time.NewTicker(lookEach)
	defer tick.Stop()
	var (
		told      State
		at        time.Time
		connected bool
		number    uint64
	)
	for {
		panics.Do("tell the fleet", func() {
			now := f.opts.Self()
			again := conn.IsConnected()
			if now != told || time.Since(at) >= announceEach || again && !connected {
				number++
				f.tell(conn, announcement{State: now, Number: number})
				told, at = now, time.Now()
			}
			connected = again
		})
		select {
		case <-ctx.Done():
			f.tell(conn, announcement{State: told, Leaving: true, Number: number + 1})
			_ = conn.FlushTimeout(time.Second) // whoever doesn't hear it will notice
			return
		case <-tick.C:
		}
	}
}

// tell announces, where there is a token and a connection.
func (f *Fleet) tell(conn *nats.Conn, a announcement) {
	if strings.HasPrefix(a.Admin, ":") {
		if ip, err := conn.GetClientIP(); err == nil {
			a.Admin = ip.String() + a.Admin
		}
	}
	text, err := json.Marshal(a)
	if err != nil {
		return
	}
	if sealed, err := f.sealer.seal("announce", text); err == nil {
		_ = conn.Publish(f.announcements(), sealed) // the next one comes soon
	}
}
