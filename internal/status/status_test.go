package status

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// TestCodesAreGRPCs holds numbers and names against grpc-go, which reads names as its documents spell them.
func TestCodesAreGRPCs(t *testing.T) {
	for c := range Code(Named) {
		var theirs codes.Code
		if err := theirs.UnmarshalJSON(fmt.Appendf(nil, "%q", c.String())); err != nil || theirs != codes.Code(c) {
			t.Errorf("%d is called %s, which is gRPC's %d (%v)", c, c, theirs, err)
		}
	}
	if theirs := codes.Code(Named); theirs.String() != fmt.Sprintf("Code(%d)", Named) {
		t.Errorf("gRPC has a code %d, %s", Named, theirs)
	}
}

func TestNamesAreReadBack(t *testing.T) {
	for _, c := range []Code{OK, Canceled, NotFound, Unauthenticated, Named, 99, 1<<32 - 1} {
		for _, text := range []string{c.String(), strings.ToLower(c.String())} {
			if got, ok := ParseCode(text); !ok || got != c {
				t.Errorf("%q is %v, %v; want %v", text, got, ok, c)
			}
		}
	}
	for _, text := range []string{"", "NOPE", "5", "CODE(5)", "CODE(99", "CODE(099)",
		"99)", "CODE(4294967296)", "CODE(-1)"} {
		if c, ok := ParseCode(text); ok {
			t.Errorf("%q is %v, and should be nothing", text, c)
		}
	}
}

func TestEveryErrorHasACodeAndAMessage(t *testing.T) {
	told := &Error{Code: Unavailable, Message: "processor ref = im is unavailable", Cause: "127.0.0.1:1: refused"}
	tests := map[string]struct {
		err     error
		code    Code
		message string
	}{
		"an Error":         {told, Unavailable, "processor ref = im is unavailable"},
		"a wrapped Error":  {fmt.Errorf("route: %w", told), Unavailable, "processor ref = im is unavailable"},
		"any other error":  {errors.New("oh"), Internal, "oh"},
		"an Error by code": {&Error{Code: 99, Message: "odd"}, 99, "odd"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if e := Of(test.err); e.Code != test.code || e.Message != test.message || CodeOf(test.err) != test.code {
				t.Errorf("got %+v, code %v", e, CodeOf(test.err))
			}
		})
	}
	if Of(nil) != nil || CodeOf(nil) != OK {
		t.Error("no error isn't OK")
	}
}

func TestTheOperatorReadsTheCause(t *testing.T) {
	e := &Error{Message: "processor ref = im is unavailable"}
	if e.Error() != e.Message {
		t.Errorf("without a cause: %q", e)
	}
	e.Cause = "127.0.0.1:1: refused"
	if e.Error() != "processor ref = im is unavailable: 127.0.0.1:1: refused" {
		t.Errorf("with a cause: %q", e)
	}
}
