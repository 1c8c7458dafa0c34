package relay

import "sync"

// bodies are a connection's calls of the relay's own whose body isn't whole.
type bodies struct {
	mu    sync.Mutex
	ticks uint64
	calls []waiting // each knows where it is
}

// waiting is a call that waits for its body.
type waiting struct {
	call  *call
	id    uint32 // of its stream: once the call is over it may get another
	since uint64 // tick
}

// await adds a call, with its mu held.
func (b *bodies) await(k *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k.at = len(b.calls)
	b.calls = append(b.calls, waiting{k, k.id, b.ticks})
}

// forget takes a call away whose body is whole, or of no use any more. It is called once.
func (b *bodies) forget(k *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := len(b.calls) - 1
	b.calls[k.at] = b.calls[last]
	b.calls[k.at].call.at = k.at
	b.calls[last] = waiting{}
	b.calls = b.calls[:last]
}

// tick counts one, and adds those that have waited for two or more.
func (b *bodies) tick(late []waiting) []waiting {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ticks++
	for _, w := range b.calls {
		if b.ticks-w.since >= 2 {
			late = append(late, w)
		}
	}
	return late
}
