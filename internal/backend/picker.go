package backend

import (
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/grpc/balancer"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// picker is the instances that can be called at a time. It doesn't change.
type picker struct {
	fleet   *fleet
	entries []entry
	equal   bool            // all weights are the same
	turns   func() []uint16 // round robin's order, as indexes of entries; worked out when it is first asked for
	dialogs *picker         // policy callId's, where instances come back in a moment; nil where it is this one
	err     error           // why there are none, where nothing is being connected
}

// entry is an instance in a picker.
type entry struct {
	*instance
	conn   balancer.SubConn
	link   *link // conn's; nil in tests without connections
	weight float64
	below  float64 // the sum of the weights up to and with this one
}

func (p *picker) add(instances ...*instance) {
	for _, i := range instances {
		e := entry{instance: i, conn: i.conn, link: i.link, weight: float64(i.weight)}
		e.below = e.weight
		if n := len(p.entries); n > 0 {
			e.below += p.entries[n-1].below
		}
		p.entries = append(p.entries, e)
	}
}

// prepare works out what picking needs, when all entries are there.
func (p *picker) prepare() {
	p.equal = !slices.ContainsFunc(p.entries, func(e entry) bool { return e.weight != p.entries[0].weight })
	p.turns = sync.OnceValue(func() []uint16 { return turns(p.entries) })
}

// Pick gives a call its instance. It is part of grpc-go's Picker.
func (p *picker) Pick(info balancer.PickInfo) (balancer.PickResult, error) {
	c, ok := info.Ctx.Value(callKey{}).(*call)
	if ok {
		p = p.of(c)
	}
	if len(p.entries) == 0 {
		if p.err != nil {
			return balancer.PickResult{}, p.err
		}
		return balancer.PickResult{}, balancer.ErrNoSubConnAvailable // it waits for a connection
	}
	if !ok {
		return balancer.PickResult{SubConn: p.entries[0].conn}, nil
	}
	e := p.choose(c)
	if err := c.headers.fit(e.link); err != nil {
		return balancer.PickResult{}, err
	}
	c.enter(e.instance, e.link, time.Now())
	return balancer.PickResult{SubConn: e.conn}, nil
}

// of returns the picker for a call's policy.
func (p *picker) of(c *call) *picker {
	if p.dialogs != nil && c.backend.opts.Policy == CallID {
		return p.dialogs
	}
	return p
}

// choose returns the instance for a call: one that the call didn't try yet, where there is one.
func (p *picker) choose(c *call) *entry {
	if len(p.entries) == 1 {
		return &p.entries[0]
	}
	if len(c.tried) > 0 {
		if rest := p.without(c.tried); len(rest.entries) > 0 {
			p = rest
		}
	}
	switch c.backend.opts.Policy {
	case RoundRobin:
		return p.roundRobin()
	case LeastRequest:
		return p.leastRequest()
	}
	return p.rendezvous(xxhash.Sum64(c.key()))
}

// without is p without some instances. Few calls need it.
func (p *picker) without(tried []*instance) *picker {
	rest := &picker{fleet: p.fleet}
	for _, e := range p.entries {
		if !slices.Contains(tried, e.instance) {
			e.below = e.weight
			if n := len(rest.entries); n > 0 {
				e.below += rest.entries[n-1].below
			}
			rest.entries = append(rest.entries, e)
		}
	}
	if len(rest.entries) > 0 {
		rest.prepare()
	}
	return rest
}

// rendezvous returns the instance that scores highest for a key (highest random weight): one that goes away takes only
// its own keys with it, and they come back with it. Every dispatcher scores alike.
func (p *picker) rendezvous(key uint64) *entry {
	best := 0
	if p.equal {
		highest := uint64(0)
		for i := range p.entries {
			if h := mix(key ^ p.entries[i].hash); h >= highest {
				best, highest = i, h
			}
		}
		return &p.entries[best]
	}
	highest := math.Inf(-1)
	for i := range p.entries {
		// (h+1/2) / 2^53 is between 0 and 1, so that the logarithm is finite and negative.
		u := (float64(mix(key^p.entries[i].hash)>>11) + 0.5) / (1 << 53)
		if s := -p.entries[i].weight / math.Log(u); s > highest {
			best, highest = i, s
		}
	}
	return &p.entries[best]
}

// mix spreads the bits of a hash (xxHash's avalanche over two of them).
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xc2b2ae3d27d4eb4f
	h ^= h >> 29
	h *= 0x165667b19e3779f9
	return h ^ h>>32
}

func (p *picker) roundRobin() *entry {
	turn := p.fleet.next.Add(1) - 1
	if p.equal {
		return &p.entries[turn%uint64(len(p.entries))]
	}
	order := p.turns()
	return &p.entries[order[turn%uint64(len(order))]]
}

// turns spreads the turns of each entry evenly over a round: the smooth weighted round robin of nginx, worked out
// beforehand.
func turns(entries []entry) []uint16 {
	const longest = 4096 // turns of a round; finer weights are rounded
	weights, total := make([]int, len(entries)), 0
	scale := math.Min(1, longest/entries[len(entries)-1].below)
	for i, e := range entries {
		weights[i] = max(1, int(math.Round(e.weight*scale)))
		total += weights[i]
	}
	order, current := make([]uint16, total), make([]int, len(entries))
	for n := range order {
		best := 0
		for i, w := range weights {
			current[i] += w
			if current[i] > current[best] {
				best = i
			}
		}
		current[best] -= total
		order[n] = uint16(best)
	}
	return order
}

// leastRequest draws two instances by weight and takes the one with fewer calls in flight for its weight.
func (p *picker) leastRequest() *entry {
	a, b := p.draw(), p.draw()
	for range 3 {
		if a != b {
			break
		}
		b = p.draw()
	}
	if float64(b.inFlight.Load())/b.weight < float64(a.inFlight.Load())/a.weight {
		return b
	}
	return a
}

func (p *picker) draw() *entry {
	if p.equal {
		return &p.entries[rand.IntN(len(p.entries))]
	}
	x := rand.Float64() * p.entries[len(p.entries)-1].below
	i, _ := slices.BinarySearchFunc(p.entries, x, func(e entry, x float64) int {
		if e.below <= x {
			return -1
		}
		return 1
	})
	return &p.entries[min(i, len(p.entries)-1)]
}

// hasOther reports whether an instance can be called that c has neither tried nor is at.
func (f *fleet) hasOther(c *call) bool {
	for _, e := range f.picker.Load().of(c).entries {
		if e.instance != c.instance && !slices.Contains(c.tried, e.instance) {
			return true
		}
	}
	return false
}

// Where the Call-ID is in a request.
var callIDPlace, callIDField = func() (message.Place, *message.Field) {
	sip, _ := message.Root.Child("message")
	place, _ := sip.Child("callId")
	return place, place.Type().Field("callId")
}()

var refField = message.RequestSchema.Field("ref")

// key returns what policy callId hashes: the message's Call-ID, or its ref, which is one too.
func (c *call) key() []byte {
	if id := c.req.Str(callIDPlace, callIDField); len(id) > 0 {
		return id
	}
	if ref := c.req.Str(message.Root, refField); len(ref) > 0 {
		return ref
	}
	// A message without either is spread like any other, rather than that all of them end up at one instance.
	return binary.LittleEndian.AppendUint64(nil, bits.ReverseBytes64(c.backend.fleet.next.Add(1)))
}
