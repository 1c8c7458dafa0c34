package load

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"
)

// TestAnAnswerThatSaysOtherwiseIsAnError answers as the processor does, as a relay that writes the same otherwise, and
// with one byte changed.
func TestAnAnswerThatSaysOtherwiseIsAnError(t *testing.T) {
	changed := append([]byte(nil), Answer()...)
	changed[len(changed)-40]++
	for name, c := range map[string]struct {
		answer []byte
		ok     bool
	}{
		"the processor's":   {Answer(), true},
		"written otherwise": {append(slices.Clone(Answer()), 0x0a, 0), true}, // nothing more of the sender
		"one byte changed":  {changed, false},
		"empty":             {nil, false},
	} {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := NewServer(func(context.Context, []byte) ([]byte, error) { return c.answer, nil })
		go func() { _ = server.Serve(l) }() // it is stopped
		defer server.Stop()
		conn, err := Dial(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		requests, err := Requests(2, 1)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := (Callers{Requests: requests}).Run(ctx, conn); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
