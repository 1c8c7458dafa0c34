package app

import (
	"maps"
	"slices"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// closing lets go what epochs hold when they are over. A third of a millisecond for each fleet adds up, and the last to
// leave an epoch is a message that somebody waits for, on a goroutine that reads for others, or that backends wait for:
// it waits for nothing of this. The zero closing is ready; it is safe for concurrent use.
type closing struct {
	mu   sync.Mutex
	held map[*Pipeline]bool
	all  sync.WaitGroup
}

// hold takes charge of what an epoch holds.
func (c *closing) hold(p *Pipeline) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = map[*Pipeline]bool{}
	}
	c.held[p] = true
}

// start closes what an epoch that is over held, in a goroutine of its own, unless that is done.
func (c *closing) start(p *Pipeline) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.held[p] {
		return
	}
	delete(c.held, p)
	c.all.Go(func() {
		defer panics.Caught("close what a configuration held")
		_ = p.Close() // nobody calls its backends any more, or a message outlasted the drain: nobody asks
	})
}

// end closes all that is held, also where messages that outlasted the drain are in it, and waits until everything is
// closed. Nothing may be held after it.
func (c *closing) end() {
	c.mu.Lock()
	held := slices.Collect(maps.Keys(c.held))
	c.mu.Unlock()
	for _, p := range held {
		c.start(p)
	}
	c.all.Wait()
}
