package app

import (
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// closing lets go what epochs held that are over. A third of a millisecond for each fleet adds up, and the last to
// leave an epoch is a message that somebody waits for: it doesn't wait for this. The zero closing is ready; it is safe
// for concurrent use.
type closing struct {
	mu   sync.Mutex
	over bool // nobody will wait
	all  sync.WaitGroup
}

// start closes something in a goroutine of its own. After wait it does so at once.
func (c *closing) start(what func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		_ = what() // a message outlasted the drain: nobody asks any more
		return
	}
	c.all.Go(func() {
		defer panics.Caught("close what a configuration held")
		_ = what() // nobody calls its backends any more
	})
}

// wait returns when all is closed that was started.
func (c *closing) wait() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.all.Wait()
}
