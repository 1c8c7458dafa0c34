package admin

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/bus"
)

// fleetView is who there is, and who runs what.
type fleetView struct {
	Joined         bool            `json:"joined"`    // spec.fleet is configured
	Connected      bool            `json:"connected"` // to the NATS server, at the moment
	Summary        string          `json:"summary"`   // one line, such as "3 replicas, two of three have epoch 9"
	Agree          bool            `json:"agree"`     // all run the same configuration
	Replicas       []bus.Replica   `json:"replicas"`  // by their names
	Configurations []configuration `json:"configurations"`
	LeftOut        uint64          `json:"leftOut"` // announcements that there was no room for
	Dropped        uint64          `json:"dropped"` // messages on the bus that weren't what they should be
}

// configuration is one that some of the replicas run, and who does.
type configuration struct {
	Hash     string   `json:"hash"`
	Epoch    *uint64  `json:"epoch"` // null where they count it differently, as a replica counts from its own start
	Replicas []string `json:"replicas"`
}

func (d *door) fleet(w http.ResponseWriter, _ *http.Request) error {
	v := fleetView{Replicas: d.replicas(), Joined: d.opts.Fleet != nil}
	if v.Joined {
		v.Connected = d.opts.Fleet.Connected()
		v.LeftOut, v.Dropped = d.opts.Fleet.Stats()
	}
	v.Configurations = configurations(v.Replicas)
	v.Agree = len(v.Configurations) == 1
	v.Summary = summaryOf(v)
	return reply(w, v)
}

// replicas are all of the fleet; this one alone without a fleet.
func (d *door) replicas() []bus.Replica {
	if d.opts.Fleet != nil {
		return d.opts.Fleet.Replicas()
	}
	return []bus.Replica{{State: d.opts.Self(), Self: true}}
}

// configurations tells the replicas apart by what they run, the most common first.
func configurations(all []bus.Replica) []configuration {
	var out []configuration
	for _, r := range all {
		i := slices.IndexFunc(out, func(c configuration) bool { return c.Hash == r.Hash })
		if i < 0 {
			epoch := r.Epoch
			out = append(out, configuration{Hash: r.Hash, Epoch: &epoch})
			i = len(out) - 1
		}
		c := &out[i]
		if c.Epoch != nil && *c.Epoch != r.Epoch {
			c.Epoch = nil
		}
		c.Replicas = append(c.Replicas, r.Name)
	}
	slices.SortStableFunc(out, func(a, b configuration) int { return cmp.Compare(len(b.Replicas), len(a.Replicas)) })
	return out
}

// summaryOf says in a line how many there are and whether they run the same.
func summaryOf(v fleetView) string {
	n := len(v.Replicas)
	if n == 1 {
		return "1 replica"
	}
	first := v.Configurations[0]
	of := "configuration " + visibleHash(first.Hash)
	if first.Epoch != nil && !elsewhere(v.Replicas, first) {
		of = fmt.Sprintf("epoch %d", *first.Epoch)
	}
	text := fmt.Sprintf("%d replicas, %s of %s have %s", n, inWords(len(first.Replicas)), inWords(n), of)
	switch {
	case v.Agree:
		text = fmt.Sprintf("%d replicas, all have %s", n, of)
	case 2*len(first.Replicas) <= n:
		text = fmt.Sprintf("%d replicas with %s configurations", n, inWords(len(v.Configurations)))
	}
	var silent, draining int
	for _, r := range v.Replicas {
		switch {
		case r.Silent:
			silent++
		case r.Draining:
			draining++
		}
	}
	if draining > 0 {
		text += fmt.Sprintf(", %d draining", draining)
	}
	if silent > 0 {
		text += fmt.Sprintf(", %d silent", silent)
	}
	return text
}

// elsewhere reports whether an epoch's number stands for another configuration at another replica: then it tells nobody
// which one is meant.
func elsewhere(all []bus.Replica, c configuration) bool {
	return slices.ContainsFunc(all, func(r bus.Replica) bool { return r.Epoch == *c.Epoch && r.Hash != c.Hash })
}

// visibleHash is as much of a hash as people compare.
func visibleHash(hash string) string { return hash[:min(len(hash), 8)] }

func inWords(n int) string {
	words := strings.Fields("none one two three four five six seven eight nine ten")
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}
