//go:build !race

package rpc

import (
	"bytes"
	"context"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

// TestWhatARequestTakesIsAConstantTimesWhatItCounts measures the constant that docs/operations.md names and package
// app reckons with. All that is allocated for a request is more than what is there at once. With the race detector
// pools lose at random what is put into them, so that it would measure them.
func TestWhatARequestTakesIsAConstantTimesWhatItCounts(t *testing.T) {
	const constant, rounds = 12, 5
	budget := server.NewByteBudget(1 << 40)
	var counted atomic.Int64
	d := open(t, budget, func(_ context.Context, request []byte, _ map[string][]string) ([]byte, error) {
		_, err := message.Parse(request)
		counted.Store(budget.Used())
		return nil, err
	})
	dense := func(list, entry string) []byte {
		entries := strings.TrimSuffix(strings.Repeat(entry+",", (message.MaxElements-20)/strings.Count(entry, "{")/2),
			",")
		return []byte(`{"message":{"requestUri":{},"` + list + `":[` + entries + `]}}`)
	}
	long, longText := request(strings.Repeat("x", 1<<20))
	small, smallText := request("x")
	texts := map[string][2][]byte{"long": {long, longText}, "small": {small, smallText}}
	for list, entry := range map[string]string{"via": "{}", "extensions": "{}", "route": `{"address":{"uri":{}}}`} {
		text := dense(list, entry)
		wire, err := message.RequestFromJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		texts["dense "+list] = [2][]byte{wire, text}
	}
	for name, c := range texts {
		for _, f := range forms {
			for _, compressed := range []bool{false, true} {
				body := f.body(c[map[bool]int{true: 1}[f.json]], compressed)
				encoding := map[bool]string{true: encodingGzip}[compressed]
				send := func() {
					if status, _ := d.call(t, f, encoding, bytes.NewReader(body)); status != "0" {
						t.Fatalf("%s, %s: %s", name, f.name, status)
					}
				}
				send() // what is kept for the next one
				cost := math.Inf(1)
				// a collection in between empties the pools
				for n := 0; n < rounds || cost > constant && n < 50*rounds; n++ {
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					send()
					runtime.ReadMemStats(&after)
					cost = min(cost, float64(after.TotalAlloc-before.TotalAlloc)/float64(counted.Load()))
				}
				t.Logf("%s, %s, compressed %v: %d bytes are counted, %.1f times as many allocated", name, f.name,
					compressed, counted.Load(), cost)
				if cost > constant {
					t.Errorf("%s, %s, compressed %v: %d bytes are counted, %.1f times as many allocated", name, f.name,
						compressed, counted.Load(), cost)
				}
			}
		}
	}
}
