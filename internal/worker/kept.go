package worker

import (
	"context"
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Sessions that nobody uses stay open for a while, so that the next question about the same rules doesn't load them
// again. maxKept is how many do.
const maxKept = 2

// kept is a session that nobody uses.
type kept struct {
	key     string
	session *Session
	timer   *time.Timer
}

// Reuse returns the session that was released with a key, for a caller who closes or releases it; nil where there is
// none.
func (p *Pool) Reuse(ctx context.Context, key string) *Session {
	k := p.unkeep(func(k *kept) bool { return k.key == key })
	if k == nil {
		return nil
	}
	k.session.attach(ctx)
	if !k.session.child.alive() {
		k.session.Close()
		return nil
	}
	return k.session
}

// Release keeps a session that its caller is done with for whoever asks for the key soon, if there is room. The caller
// may not use it any more.
func (p *Pool) Release(s *Session, key string) {
	resident, err := s.child.memory.resident()
	if err != nil || s.broken || resident > s.pool.opts.TableMemoryLimit/2 {
		s.Close()
		return
	}
	s.detach()
	k := &kept{key: key, session: s}
	p.mu.Lock()
	full, closed := len(p.kept) >= maxKept, p.closed
	var oldest *kept
	if full {
		oldest = p.kept[0]
		p.kept = slices.Delete(p.kept, 0, 1)
	}
	if !closed {
		p.kept = append(p.kept, k)
		k.timer = time.AfterFunc(p.opts.KeepFor, func() {
			panics.Do("end a rule worker that nobody uses", func() { p.expire(k) })
		})
	}
	p.mu.Unlock()
	if oldest != nil {
		oldest.end()
	}
	if closed {
		s.Close()
	}
}

// expire ends a session that nobody asked for.
func (p *Pool) expire(k *kept) {
	if p.unkeep(func(other *kept) bool { return other == k }) != nil {
		k.session.Close()
	}
}

// giveUp ends the session that holds one of the places and that nobody has used for longest, and takes the place.
func (p *Pool) giveUp(places chan struct{}) bool {
	k := p.unkeep(func(k *kept) bool { return k.session.places == places })
	if k == nil {
		return false
	}
	k.end()
	select {
	case places <- struct{}{}:
		return true
	default: // somebody was faster
		return false
	}
}

// unkeep takes out the first session that f is true of.
func (p *Pool) unkeep(f func(*kept) bool) *kept {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.kept, f)
	if i < 0 {
		return nil
	}
	k := p.kept[i]
	p.kept = slices.Delete(p.kept, i, i+1)
	k.timer.Stop()
	return k
}

// closeKept ends them all.
func (p *Pool) closeKept() {
	for {
		k := p.unkeep(func(*kept) bool { return true })
		if k == nil {
			return
		}
		k.end()
	}
}

func (k *kept) end() {
	k.timer.Stop()
	k.session.Close()
}
