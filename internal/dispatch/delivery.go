package dispatch

import (
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/frames"
)

// Receiver is told what became of a Delivery: a door's stream.
type Receiver interface {
	// Done is called once, by the goroutine that batch belongs to, which flushes it afterwards. The answer is valid
	// until Done returns, and nobody writes to it. The error is a *status.Error. Done doesn't wait for anything.
	Done(batch *frames.Batch, answer []byte, err error)
}

// Delivery is one message of a door that spends no goroutine on it: see Service.Start. The door fills in the fields,
// which nobody changes until Done is called; from then on it may use the Delivery again, by way of Reset.
type Delivery struct {
	Request  []byte              // a MessageRequest in its wire form; the door's, read-only until Done is called
	Metadata map[string][]string // of the call, for the calls that are made for it; as for Process
	Deadline time.Time           // when nobody waits any more; zero for never
	To       Receiver            // is told what became of it

	// Kept says, once Done is called, that somebody may yet read Request: it is not to be written to any more.
	Kept bool

	mu   sync.Mutex
	left bool
	life *unattended // nil before Start and once it is over
}

// Leave says that nobody waits for the outcome any more. Done is called nevertheless, later. It doesn't wait, and may
// be called at any time and by any goroutine; once Done was called it does nothing.
func (d *Delivery) Leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.left && d.life != nil {
		d.life.leave()
	}
	d.left = true
}

// Reset makes d an empty Delivery. Nobody may use it meanwhile.
func (d *Delivery) Reset() {
	d.mu.Lock() // who saw it end may be about to leave it
	defer d.mu.Unlock()
	d.Request, d.Metadata, d.Deadline, d.To, d.Kept = nil, nil, time.Time{}, nil, false
	d.left, d.life = false, nil
}

// begin lets Leave reach a message, and has it leave where that was called before.
func (d *Delivery) begin(u *unattended) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life = u
	if d.left {
		u.leave()
	}
}

// end ends that.
func (d *Delivery) end() {
	d.mu.Lock()
	d.life = nil
	d.mu.Unlock()
}
