package backend

import "sync"

// Pool hands out backends, the same one to everybody who asks with equal options while somebody still holds it: so a
// configuration that replaces another one takes over connections, health and counters.
type Pool struct {
	mu   sync.Mutex
	held map[string]*held
}

type held struct {
	backend *Backend
	holders int
}

// NewPool returns an empty Pool.
func NewPool() *Pool { return &Pool{held: map[string]*held{}} }

// Get returns a backend, which the caller closes once.
func (p *Pool) Get(opts Options) (*Backend, error) {
	full, err := opts.withDefaults()
	if err != nil {
		return New(opts) // which says whose error it is
	}
	key, err := full.key()
	if err != nil {
		return nil, err
	}
	if b := p.take(key); b != nil {
		return b, nil
	}
	b, err := New(opts) // which reads files: a message that leaves an epoch may need the lock meanwhile
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.held[key] == nil {
		defer p.mu.Unlock()
		b.release = func() bool { return p.release(key) }
		p.held[key] = &held{backend: b, holders: 1}
		return b, nil
	}
	p.mu.Unlock()
	if err := b.Close(); err != nil { // somebody else was faster
		return nil, err
	}
	return p.Get(opts)
}

// take returns the backend that somebody holds, for one holder more; nil if there is none.
func (p *Pool) take(key string) *Backend {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.held[key]
	if h == nil {
		return nil
	}
	h.holders++
	return h.backend
}

// release takes one holder away, and reports whether it was the last one.
func (p *Pool) release(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.held[key]
	h.holders--
	if h.holders > 0 {
		return false
	}
	delete(p.held, key)
	return true
}
