// Package door is what the doors of the wire do alike, whatever they are built of: packages rpc and relay take the
// same metadata in, count a request for the same, and say the same of a call that failed. Its functions may be called
// from any goroutine.
package door

// RequestBytes is what a request counts for, in the budget of bytes in work, beside its headers and its body: its
// stream, its state, its context.
const RequestBytes = 2 << 10
