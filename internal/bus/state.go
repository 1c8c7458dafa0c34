package bus

import (
	"cmp"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// State is what a replica tells of itself.
type State struct {
	Name      string    `json:"name"`
	BootID    string    `json:"bootId"` // of the process; ids of its decisions begin with it
	Version   string    `json:"version"`
	StartedAt time.Time `json:"startedAt"`
	Epoch     uint64    `json:"epoch"`
	Hash      string    `json:"hash"` // of the configuration's text, SHA-256 in hexadecimal
	LoadedAt  time.Time `json:"loadedAt"`
	Ready     bool      `json:"ready"`
	Draining  bool      `json:"draining"` // it was told to stop
	Admin     string    `json:"admin"`    // host:port of its side door
}

// Replica is a State, and when it was told.
type Replica struct {
	State
	Self   bool      `json:"self"` // it is this process
	SeenAt time.Time `json:"seenAt"`
	Silent bool      `json:"silent"` // it wasn't heard of for a while, and may be gone
}

// Bounds on what is heard of replicas.
const (
	maxState    = 4 << 10 // bytes of an announcement
	maxText     = 200     // bytes of a text in it
	maxReplicas = 128     // others; more are counted, and no more

	announceEach = 2 * time.Second
	lookEach     = 250 * time.Millisecond // whether there is something new to tell
	silentAfter  = 10 * time.Second
	goneAfter    = time.Minute
)

// announcement is a State on the bus.
type announcement struct {
	State
	Leaving bool   `json:"leaving"` // for good
	Number  uint64 `json:"number"`  // counts up, so that an old one can't be said again
}

// heard is the last announcement of another replica.
type heard struct {
	announcement
	at time.Time
}

var (
	bootID = regexp.MustCompile(`^[a-z2-7]{8}$`)
	digest = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// readAnnouncement reads one, whoever wrote it.
func readAnnouncement(text []byte) (a announcement, err error) {
	if len(text) > maxState {
		return a, errors.New("the announcement is too long")
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, err
	}
	if !bootID.MatchString(a.BootID) || !digest.MatchString(a.Hash) || a.Name == "" {
		return a, errors.New("the announcement names no replica")
	}
	for _, s := range []*string{&a.Name, &a.Version, &a.Admin} {
		*s = visible.Line(visible.Cut(*s, maxText)) // people look at it in terminals, and beside others
	}
	return a, nil
}

// hear takes down what another replica announced.
func (f *Fleet) hear(a announcement, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget(now)
	last, known := f.others[a.BootID]
	switch {
	case !known && len(f.others) >= maxReplicas:
		f.leftOut++
	case known && a.Number <= last.Number:
		f.dropped.Add(1)
	default:
		f.others[a.BootID] = heard{a, now}
	}
}

// forget lets go of who has said nothing for long. The caller holds f.mu.
func (f *Fleet) forget(now time.Time) {
	for id, r := range f.others {
		if now.Sub(r.at) > goneAfter {
			delete(f.others, id)
		}
	}
}

// Replicas returns all that are known, this one among them, by their names.
func (f *Fleet) Replicas() []Replica {
	now := time.Now()
	all := []Replica{{State: f.opts.Self(), Self: true, SeenAt: now.UTC()}}
	f.mu.Lock()
	f.forget(now)
	for _, r := range f.others {
		if !r.Leaving { // it is kept for its number alone
			all = append(all, Replica{State: r.State, SeenAt: r.at.UTC(), Silent: now.Sub(r.at) > silentAfter})
		}
	}
	f.mu.Unlock()
	slices.SortFunc(all, func(a, b Replica) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.BootID, b.BootID))
	})
	return all
}
