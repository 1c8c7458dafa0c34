package frames

import (
	"errors"
	"net"
	"runtime"

	"github.com/fonoster/routr-dispatcher/internal/monotonic"
)

// looped is a socket that a loop reads, so that its connection needs no goroutine to be read: see Loops.
type looped interface {
	net.Conn
	// serve has the loop read a connection, and waits until it lets go of it. errLeft says that the connection isn't
	// over: whoever waited reads on, from the net.Conn.
	serve(c *Conn) error
	// leave has the loop let go of the connection soon. It waits for nobody.
	leave()
	// read reads what there is; 0 where there is nothing.
	read(p []byte) (n int, err error)
	// try writes what the network takes at once.
	try(p []byte) (n int, err error)
	// rest says that nobody waits for the network any more.
	rest()
}

// errLeft says that a loop has let go of a connection that isn't over.
var errLeft = errors.New("the loop reads the connection no more")

// Loops are goroutines that read connections, many each: for a connection that says one thing at a time, Go's own
// poller and scheduler take half as long again as all that the connection makes necessary. The nil *Loops has none:
// then each connection is read by the goroutine that has it served.
type Loops struct {
	all  []*loop
	next roundRobin
}

// maxLoops is how many loops there are at most. One reads some 50,000 messages a second.
const maxLoops = 4

// NewLoops starts loops, one for every two CPUs that Go uses: whatever else there is to do has the others. It returns
// nil where there are none to be had: on one CPU, where a loop would keep it from others while it waits, and on systems
// other than Linux.
func NewLoops() *Loops {
	return newLoops(min(runtime.GOMAXPROCS(0)/2, maxLoops))
}

// now is the time, as of when its goroutine was last woken.
func (b *Batch) now() int64 {
	if b.woken != 0 {
		return b.woken
	}
	return monotonic.Now()
}
