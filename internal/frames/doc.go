// Package frames speaks HTTP/2 (RFC 9113) as frames, in both roles: package relay is a server with it to EdgePorts,
// and package backend a client to processors. It knows connections, streams, header lists and flow control, and
// nothing of requests: what HTTP means is net/http's.
//
// A Conn has one goroutine that reads: a loop, which has many, or the one that calls Serve. Whatever a frame brings is
// told to the Events of its stream, in that goroutine. What anybody writes is appended to the Conn's write buffer,
// which takes no longer than copying it, and the Conn is noted in the Batch of who writes. A reader flushes its Batch
// when it has used up what it read: so one system call carries what many streams became ready to say. Nobody waits for
// a peer that doesn't read: what the network doesn't take at once is written by a goroutine of the Conn's own, and what
// windows or a full buffer hold back stays with its stream.
//
//	who reads A          A.Serve ─ frame ─ Events.Data(b, …) ─ stream of B: WriteMessage(b, …) ─┐
//	                     buffer used up: b.Flush() ─ one write for A, one for B  ◄───────────────┘
//
// Every method may be called from any goroutine, but for a Batch, which belongs to one.
package frames
