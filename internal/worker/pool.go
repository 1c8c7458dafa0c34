package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
)

// Options say what a Pool starts, and its limits. Zero values stand for the defaults.
type Options struct {
	// Command starts a child, which must run Main on its standard input and output. The default is this binary with
	// the argument rule-worker.
	Command []string
	// Size is how many children there are at most, and so how many calls at once: 2.
	Size int
	// TimeLimit is what a call may take of processor time once a child has taken it, and 20 times that by the clock on
	// the wall: 250 ms. On systems other than Linux all limits on time are by the clock on the wall.
	TimeLimit time.Duration
	// MemoryLimit is how many bytes of RAM a child may have, the binary's own included: 128 MiB. It is looked at
	// every 2 ms, on Linux only.
	MemoryLimit int64
	// MaxQueue is how many calls may wait for a child: 16; negative for none.
	MaxQueue int

	// Missing is told, once at most, what doesn't hold the children that might: what the kernel refused. May be nil.
	Missing func(what string)

	// Sessions is how many foreign configurations may be open at once, besides the calls, and as many tables to compare
	// them with: 2.
	Sessions int
	// LoadLimit is what reading a configuration, or loading a table, may take of processor time: 10 s.
	LoadLimit time.Duration
	// SessionLimit is what a batch of messages, or an explanation, may take in a session: 5 s.
	SessionLimit time.Duration
	// TableMemoryLimit is MemoryLimit for a session: 512 MiB.
	TableMemoryLimit int64
	// KeepFor is how long a session that was released waits for the next question: a minute.
	KeepFor time.Duration
}

func (o Options) withDefaults() (Options, error) {
	if len(o.Command) == 0 {
		path, err := self()
		if err != nil {
			return o, fmt.Errorf("find the binary to start rule workers from: %w", err)
		}
		o.Command = []string{path, "rule-worker"}
	}
	if o.Size <= 0 {
		o.Size = 2
	}
	if o.TimeLimit <= 0 {
		o.TimeLimit = 250 * time.Millisecond
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = 128 << 20
	}
	if o.MaxQueue == 0 {
		o.MaxQueue = 16
	}
	if o.Sessions <= 0 {
		o.Sessions = 2
	}
	if o.LoadLimit <= 0 {
		o.LoadLimit = 10 * time.Second
	}
	if o.SessionLimit <= 0 {
		o.SessionLimit = 5 * time.Second
	}
	if o.TableMemoryLimit <= 0 {
		o.TableMemoryLimit = 512 << 20
	}
	if o.KeepFor <= 0 {
		o.KeepFor = time.Minute
	}
	return o, nil
}

// maxCalls is how many calls a child serves before another takes its place.
const maxCalls = 1000

// Pool evaluates foreign rules in child processes. It must be made by NewPool, and closed.
type Pool struct {
	opts  Options
	turns chan struct{} // holds one for each call that has a child
	queue chan struct{} // holds one for each call that waits
	calls sync.WaitGroup

	sessions chan struct{} // holds one for each open session with a foreign configuration
	beside   chan struct{} // holds one for each with a table to compare that with

	started atomic.Uint64 // children, so far

	closing context.Context
	close   context.CancelFunc

	tell   sync.Once // of Options.Missing
	mu     sync.Mutex
	closed bool
	idle   []*child // the last one was used last
	kept   []*kept  // so were these, of sessions
}

// NewPool returns a Pool. Children are started when they are needed, and then kept.
func NewPool(o Options) (*Pool, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	closing, stop := context.WithCancel(context.Background())
	return &Pool{
		opts:  o,
		turns: make(chan struct{}, o.Size),
		queue: make(chan struct{}, max(0, o.MaxQueue)),

		sessions: make(chan struct{}, o.Sessions),
		beside:   make(chan struct{}, o.Sessions),
		closing:  closing,
		close:    stop,
	}, nil
}

// Evaluate runs a foreign rule over messages. The error is a *matchfunc.SourceError where the source doesn't load, a
// *LimitError where the child was killed, and else wraps ErrBusy, ErrClosed, ErrTooLarge, ErrCrashed or the context's
// cause. A context that ends kills the child.
func (p *Pool) Evaluate(ctx context.Context, r Request) (Response, error) {
	if err := r.check(); err != nil {
		return Response{}, err
	}
	r.Timeout = min(max(0, r.Timeout), p.opts.TimeLimit)
	if !p.enter() {
		return Response{}, ErrClosed
	}
	defer p.calls.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.closing, func() { cancel(ErrClosed) })()
	if err := p.wait(ctx); err != nil {
		return Response{}, err
	}
	defer func() { <-p.turns }()
	return p.run(ctx, r)
}

// enter counts a call, unless the pool is closed.
func (p *Pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.calls.Add(1)
	}
	return !p.closed
}

// wait takes a turn, in the queue where there is none.
func (p *Pool) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case p.turns <- struct{}{}:
		return nil
	default:
	}
	select {
	case p.queue <- struct{}{}:
		defer func() { <-p.queue }()
	default:
		return ErrBusy
	}
	select {
	case p.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run makes the call to a child and keeps the child if it is as good as new.
func (p *Pool) run(ctx context.Context, r Request) (Response, error) {
	c, err := p.take(ctx)
	if err != nil {
		return Response{}, err
	}
	response, err := c.call(ctx, r, bounds{p.opts.TimeLimit, p.opts.MemoryLimit})
	var refused *matchfunc.SourceError
	if err == nil || errors.As(err, &refused) {
		p.putBack(c)
	} else {
		c.end()
	}
	return response, err
}

// take returns the child that was used last, or a new one. One that died while nobody used it is no call's failure.
func (p *Pool) take(ctx context.Context) (*child, error) {
	for {
		c := p.lastIdle()
		if c == nil {
			return p.start(ctx, p.opts.MemoryLimit)
		}
		if c.alive() {
			return c, nil
		}
		c.end()
	}
}

// start starts a child, and tells once what doesn't hold it that might.
func (p *Pool) start(ctx context.Context, memoryLimit int64) (*child, error) {
	p.started.Add(1)
	c, err := startChild(ctx, p.opts.Command, memoryLimit)
	if err == nil && c.missing != "" && p.opts.Missing != nil {
		p.tell.Do(func() { p.opts.Missing(c.missing) })
	}
	return c, err
}

func (p *Pool) lastIdle() *child {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return c
}

// putBack keeps a child for the next call, unless it has served its time or holds on to half of what it may grow by.
func (p *Pool) putBack(c *child) {
	resident, err := c.memory.resident()
	if err != nil || c.calls >= maxCalls || resident > (c.base+p.opts.MemoryLimit)/2 {
		c.end()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// Started returns how many children were started so far.
func (p *Pool) Started() uint64 { return p.started.Load() }

// Close kills the children, also those at work, and returns when none is left. Calls that wait or come later fail with
// ErrClosed.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.close()
	p.closeKept()
	p.calls.Wait()
	for c := p.lastIdle(); c != nil; c = p.lastIdle() {
		c.end()
	}
}
