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
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.held[key]; h != nil {
		h.holders++
		return h.backend, nil
	}
	b, err := New(opts)
	if err != nil {
		return nil, err
	}
	b.release = func() bool { return p.release(key) }
	p.held[key] = &held{backend: b, holders: 1}
	return b, nil
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
