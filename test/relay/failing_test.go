package relay

import (
	"maps"
	"slices"
	"strings"
)

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// middlewaresCalls have processor and middlewares do something, each in turn, in the trace of their caller.
func middlewaresCalls() (calls []call) {
	for _, at := range []string{"do", "pre", "skipped", "post"} {
		for _, do := range []string{
			"", "change:x", "code:5:nobody", "code:14:not now", "raw:ffff", "raw:", "response:RINGING",
			"response:BUSY_HERE", "long:70000",
		} {
			name := at + " " + do
			calls = append(calls, process(name, with(invite(name), at, do), "traceparent", traceparent))
		}
	}
	return calls
}

// oddCalls have a processor answer in ways that no library does. Of connections that it breaks grpc-go and lanes say
// the same in other words.
func oddCalls() (calls []call) {
	for _, do := range slices.Sorted(maps.Keys(oddActs)) {
		if !strings.Contains(do, "reset ") || strings.HasSuffix(do, "CALM") { // fewer lines than are left out
			calls = append(calls, process(do, doing(do, "odd", do)))
		}
	}
	return calls
}

// failingCalls are one of each way to fail.
func failingCalls() (calls []call) {
	add := func(name string, request []byte, more ...string) {
		calls = append(calls, process(name, request, append(more, "traceparent", traceparent)...))
	}
	for _, to := range []string{"real", "throws", "nobody", "refuses"} {
		add(to, doing(to, to, ""))
	}
	for _, do := range []string{"code:5:nobody", "code:99:odd", "details:2", "raw:ffff", "raw:", "long:70000"} {
		add(do, doing(do, "real", do))
	}
	add("slow", doing("slow", "slow", "hang"))
	// Time enough to reach the processor on a busy machine.
	add("the caller's time", doing("the caller's time", "real", "hang"), "grpc-timeout", "700m")
	add("loops", append(invite("loops"), 0x18, 14)) // UPDATE
	for _, form := range []string{"RINGING", "BUSY_HERE"} {
		add(form, formed(form, form))
	}
	add("no message", []byte{0x0a, 1, 'x'})
	add("nothing", nil)
	add("malformed", []byte{0xff, 0xff})
	large := process("too large", nil)
	large.body = enveloped(0, make([]byte, maxMessage+1))
	return append(calls, large)
}
