package relay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestOutcomesAreToldAlike has processors answer and fail in every way there is.
func TestOutcomesAreToldAlike(t *testing.T) {
	n := startNetwork(t)
	var calls []call
	add := func(to, do string) {
		name := to + ": " + do
		calls = append(calls, process(name, doing(name, to, do)))
	}
	for code := range 20 {
		add("real", fmt.Sprintf("code:%d:it says so", code))
	}
	for _, text := range []string{
		"", " ", " spaces ", "100 %", "ünïcödé €", "line\r\nbreak\x00", strings.Repeat("long é ", 3000), `"quoted\"`,
	} {
		add("real", "code:3:"+text)
	}
	for _, do := range []string{
		"details:1", "details:5", "details:40", "raw:", "raw:ffff", "raw:0a00", "raw:1200", "raw:12020807",
		"long:1000", "long:60000", "long:65536", "long:200000", "unknown", "header:x",
		"response:RINGING", "response:OK", "response:BUSY_HERE", "response:UNKNOWN",
	} {
		add("real", do)
	}
	for _, to := range []string{"throws", "refuses", "nobody"} {
		add(to, "")
	}
	add("slow", "hang")
	for _, do := range slices.Sorted(maps.Keys(oddActs)) {
		add("odd", do)
	}
	for _, do := range slices.Sorted(maps.Keys(lastActs)) {
		add(do, do)
	}
	t.Run("errors", func(t *testing.T) {
		allRelayed(t, compare(t, n, n.spec(t), inTurn(calls)))
	})
	t.Run("SIP responses instead", func(t *testing.T) {
		allRelayed(t, compare(t, n, n.spec(t, "answerFailures: true"), inTurn(calls)))
	})
}
