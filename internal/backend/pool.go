package backend

import (
	"fmt"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/frames"
)

// Pool hands out backends. Those with equal places share a fleet while anybody holds one of them, so a configuration
// that replaces another one takes over connections and health; those with the same role and ref share counters.
type Pool struct {
	mu     sync.Mutex
	fleets map[placeKey]*shared[*fleet]
	totals map[name]*shared[*totals]
	manner *manner       // of the last backend that was handed out: nearly all have the same
	clock  *clock        // of lanes; nil where fleets have none
	loops  *frames.Loops // that read lanes

	inflaters chan struct{} // of fleets
}

// shared is something that so many hold.
type shared[T any] struct {
	of      T
	holders int
}

// name is whose totals they are.
type name struct {
	role Role
	ref  string
}

// NewPool returns an empty Pool.
func NewPool() *Pool {
	return &Pool{fleets: map[placeKey]*shared[*fleet]{}, totals: map[name]*shared[*totals]{}, manner: &manner{}}
}

// WithLanes returns an empty Pool whose fleets have connections for Backend.Start, too, which loops read, if there are
// any. Whoever made those closes them after all backends.
func WithLanes(loops *frames.Loops) *Pool {
	p := NewPool()
	p.loops = loops
	p.clock = newClock()
	p.inflaters = inflaters()
	return p
}

// Get returns a backend, which connects when it is first called, or by Connect. The caller closes it once.
func (p *Pool) Get(opts Options) (*Backend, error) {
	full, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("%s ref = %s: %w", opts.Role, opts.Ref, err)
	}
	f, err := p.fleet(full)
	if err != nil {
		return nil, fmt.Errorf("%s ref = %s: %w", opts.Role, opts.Ref, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := full.manner(); m != *p.manner {
		p.manner = &m
	}
	n := name{full.Role, full.Ref}
	t := p.totals[n]
	if t == nil {
		t = &shared[*totals]{of: &totals{}}
		p.totals[n] = t
	}
	t.holders++
	b := &Backend{opts: full.view(p.manner), fleet: f, totals: t.of, pool: p}
	b.timeout = string(appendTimeout(nil, b.opts.Timeout))
	return b, nil
}

// fleet returns the fleet of the options' place, for one holder more.
func (p *Pool) fleet(opts Options) (*fleet, error) {
	key := opts.place().key()
	if f := p.join(key, nil); f != nil {
		return f, nil
	}
	f := newFleet(opts)
	f.clock, f.loops, f.inflaters = p.clock, p.loops, p.inflaters
	if err := f.open(); err != nil { // it reads files: a message that leaves an epoch may need the lock meanwhile
		return nil, err
	}
	in := p.join(key, f)
	if in != f { // somebody else was faster
		return in, f.close()
	}
	return f, nil
}

// join returns the fleet that stands at a place, for one holder more. Where there is none it is otherwise, which may be
// nil.
func (p *Pool) join(at placeKey, otherwise *fleet) *fleet {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.fleets[at]
	if s == nil {
		if otherwise == nil {
			return nil
		}
		s = &shared[*fleet]{of: otherwise}
		p.fleets[at] = s
	}
	s.holders++
	return s.of
}

// release takes a backend back.
func (p *Pool) release(b *Backend) error {
	p.mu.Lock()
	n := name{b.opts.Role, b.opts.Ref}
	if t := p.totals[n]; t.holders == 1 {
		delete(p.totals, n)
	} else {
		t.holders--
	}
	s := p.fleets[b.fleet.key]
	s.holders--
	last := s.holders == 0
	if last {
		delete(p.fleets, b.fleet.key)
	}
	p.mu.Unlock()
	if !last {
		return nil
	}
	return b.fleet.close()
}
