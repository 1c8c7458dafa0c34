//go:build !race

package relay

import (
	"flag"
	"testing"
)

// TestAMessageAllocatesNothing holds all of a message's way to it, once the log of decisions is full. With the race
// detector pools forget on purpose.
func TestAMessageAllocatesNothing(t *testing.T) {
	benchtime := flag.Lookup("test.benchtime").Value
	defer func(was string) { _ = benchtime.Set(was) }(benchtime.String()) // it was one
	if err := benchtime.Set("5000x"); err != nil {
		t.Fatal(err)
	}
	result := testing.Benchmark(func(b *testing.B) { benchRelay(b, 16, 11_000) })
	if result.N < 5_000 || result.AllocsPerOp() > 0 {
		t.Errorf("%d messages, of %d allocations and %d bytes each", result.N, result.AllocsPerOp(),
			result.AllocedBytesPerOp())
	}
}
