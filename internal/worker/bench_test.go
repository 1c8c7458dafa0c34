package worker

import "testing"

var benchmarked = map[string]string{
	"empty":  `req => true`,
	"native": `req => req.method === "MESSAGE"`,
	"script": `req => new Map([[req.method, true]]).get("INVITE")`,
}

func BenchmarkWarmCall(b *testing.B) {
	p := pool(b, realChild, Options{Size: 1})
	for name, text := range benchmarked {
		b.Run(name, func(b *testing.B) {
			r := Request{Source: text, Messages: messages(b)[:1]}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Evaluate(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInProcess is the same work without the other process.
func BenchmarkInProcess(b *testing.B) {
	for name, text := range benchmarked {
		b.Run(name, func(b *testing.B) {
			r := Request{Source: text, Messages: messages(b)[:1]}
			b.ReportAllocs()
			for b.Loop() {
				if a := evaluate(nil, r); a.SourceError != nil {
					b.Fatal(a.SourceError)
				}
			}
		})
	}
}

func BenchmarkColdCall(b *testing.B) {
	p := pool(b, realChild, Options{Size: 1})
	r := Request{Source: good, Messages: messages(b)[:1]}
	for b.Loop() {
		if _, err := p.Evaluate(b.Context(), r); err != nil {
			b.Fatal(err)
		}
		p.lastIdle().end()
	}
}
