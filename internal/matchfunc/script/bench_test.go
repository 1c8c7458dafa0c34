package script

import (
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

func BenchmarkEval(b *testing.B) {
	list, _ := requests(&testing.T{})
	for _, code := range []string{
		`req => req.method === "MESSAGE"`,
		`req => req.message.extensions.find(e => e.name === "User-Agent" && e.value.includes("Zoiper"))`,
		`req => /zoiper/i.test(req.message.body)`,
		`req => { const h = {}; req.message.extensions.forEach(e => { h[e.name.toLowerCase()] = e.value }); return h["content-type"] === "text/plain" }`,
	} {
		p, err := compileText(code, corpusTimeout)
		if err != nil {
			b.Fatal(err)
		}
		var r *message.Request = list[1]
		b.Run(code[:20], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
