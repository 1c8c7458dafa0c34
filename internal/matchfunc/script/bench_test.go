package script

import "testing"

func BenchmarkEval(b *testing.B) {
	list, _ := requests(b)
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
		r := list[1]
		b.Run(code[:20], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Match(r, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
