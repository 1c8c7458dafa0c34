//go:build !linux

package frames

import "net"

type (
	loop       struct{}
	roundRobin struct{}
)

func newLoops(int) *Loops { return nil }

// Take returns a connection that one of the loops reads once it is served.
func (*Loops) Take(nc net.Conn) net.Conn { return nc }

// Close stops the loops.
func (*Loops) Close() {}
