// Package status says how a message failed: with which code, in which words for the caller and in which for the
// operator.
//
// Whoever knows the fact makes the Error, package backend or dispatch; each door translates it once. Everything that
// names a gRPC code does so by this package.
package status

import "errors"

// Error is how a message failed. It isn't changed once it was returned.
type Error struct {
	Code    Code     // never OK
	Message string   // what the caller reads
	Details []Detail // of the backend's own answer, for the caller
	Cause   string   // what the operator reads besides: it may name an address, and is not for the caller
	// Unrouted says that no rule took the message: a NotFound of the dispatcher's own, not of a backend's.
	Unrouted bool
	// Overloaded says that the dispatcher itself had too much in flight to take the message.
	Overloaded bool
}

// Detail is one detail of a gRPC status (google.rpc.Status): a protobuf Any.
type Detail struct {
	TypeURL string
	Value   []byte
}

// Error returns what the operator reads.
func (e *Error) Error() string {
	if e.Cause == "" {
		return e.Message
	}
	return e.Message + ": " + e.Cause
}

// Of returns the Error that err is or wraps, an Internal one in its words where it is another error, and nil for nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	return &Error{Code: Internal, Message: err.Error()}
}

// CodeOf returns the code of what Of returns: OK for nil.
func CodeOf(err error) Code {
	if e := Of(err); e != nil {
		return e.Code
	}
	return OK
}
