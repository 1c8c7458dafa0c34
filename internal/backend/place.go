package backend

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// view is what a ref says of how to call.
type view struct {
	Role         Role
	Ref          string
	Policy       Policy
	Timeout      time.Duration
	HoldWhenDown time.Duration
	RetryMethods []message.Method
	RetryBudget  float64
	manner       *manner // of its fleet, as this configuration has it
}

func (o Options) view(m *manner) view {
	return view{
		Role: o.Role, Ref: o.Ref, Policy: o.Policy, Timeout: o.Timeout, HoldWhenDown: o.HoldWhenDown,
		RetryMethods: o.RetryMethods, RetryBudget: o.RetryBudget, manner: m,
	}
}

// manner is how a fleet treats its instances. It can change while connections stay.
type manner struct {
	Ejection        Ejection
	ResolveInterval time.Duration
	MaxMessageBytes int
}

func (o Options) manner() manner {
	return manner{Ejection: o.Ejection, ResolveInterval: o.ResolveInterval, MaxMessageBytes: o.MaxMessageBytes}
}

// place is where a fleet's instances are, and what else decides its connections. Refs with equal places share the
// fleet.
type place struct {
	addrs         []Address
	tls           *TLS
	noHealthCheck bool
	userAgent     string
}

func (o Options) place() place {
	return place{addrs: o.Addrs, tls: o.TLS, noHealthCheck: o.NoHealthCheck, userAgent: o.UserAgent}
}

// placeKey is the same for equal places.
type placeKey struct {
	addrs         string
	tls           TLS
	secure        bool
	noHealthCheck bool
	userAgent     string
}

// key returns the place's key. The order of addresses doesn't matter.
func (p place) key() placeKey {
	all := make([]string, len(p.addrs))
	for i, a := range p.addrs {
		all[i] = strconv.Itoa(a.Weight) + " " + strconv.Quote(a.Target)
	}
	slices.Sort(all)
	k := placeKey{addrs: strings.Join(all, " "), noHealthCheck: p.noHealthCheck, userAgent: p.userAgent}
	if k.secure = p.tls != nil; k.secure {
		k.tls = *p.tls
	}
	return k
}

// targets returns the configured addresses.
func (p place) targets() []string {
	all := make([]string, len(p.addrs))
	for i, a := range p.addrs {
		all[i] = a.Target
	}
	return all
}
