package status

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Code is a gRPC status code, by its number. A backend may answer with any number.
type Code uint32

// The codes that gRPC has names for ("Status codes and their use in gRPC").
const (
	OK Code = iota
	Canceled
	Unknown
	InvalidArgument
	DeadlineExceeded
	NotFound
	AlreadyExists
	PermissionDenied
	ResourceExhausted
	FailedPrecondition
	Aborted
	OutOfRange
	Unimplemented
	Internal
	Unavailable
	DataLoss
	Unauthenticated

	// Named is how many codes have a name: those below it.
	Named = iota
)

// names are as gRPC's documents spell them, by code.
var names = [Named]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
	"INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// String returns the code's name as gRPC's documents spell it, such as NOT_FOUND, and CODE(99) where it has none.
func (c Code) String() string {
	if c < Named {
		return names[c]
	}
	return fmt.Sprintf("CODE(%d)", uint32(c))
}

// ParseCode returns the code whose String a text is, in any case; false where it is none's.
func ParseCode(text string) (c Code, ok bool) {
	text = strings.ToUpper(text)
	if i := slices.Index(names[:], text); i >= 0 {
		return Code(i), true
	}
	digits, ok := strings.CutPrefix(strings.TrimSuffix(text, ")"), "CODE(")
	n, err := strconv.ParseUint(digits, 10, 32)
	c = Code(n)
	return c, ok && err == nil && c.String() == text
}
