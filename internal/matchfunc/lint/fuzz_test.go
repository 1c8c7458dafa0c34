package lint

import (
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// FuzzCheck promises that every source that loads can be linted, with places within its text.
func FuzzCheck(f *testing.F) {
	for _, rule := range []string{
		`req => req.method === "INVTE"`, `({ message: { from: [a = 1, ...b], ...c } }) => a?.[0]?.(b)`,
		`function f(req) { for (var x of req.message.via) switch (x.port) { case "1": delete x.port; default: return }  }`,
		"req =>\n `${req.form}`.toLowerCase() === 'A' || new Set(['x']).has(req.method)",
		`req => { class A extends req.ref { x = req.nope } ; try { throw A } catch ({ name }) { label: while (1) break label } }`,
	} {
		f.Add(rule)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		src, err := source.Parse(rule)
		if err != nil {
			return
		}
		lines := strings.Split(rule, "\n")
		for _, w := range Check(src) {
			if w.Line < 1 || w.Line > len(lines) || w.Column < 1 || w.Column > len([]rune(lines[w.Line-1]))+1 {
				t.Errorf("%q: %q is at %d:%d", rule, w.Message, w.Line, w.Column)
			}
		}
		Always(src)
	})
}

func BenchmarkCheck(b *testing.B) {
	src := parse(b, `req => req.method === "INVITE" && req.message.extensions.find(e => e.name === "User-Agent")?.value.includes("Zoiper")`)
	b.ReportAllocs()
	for b.Loop() {
		Check(src)
	}
}
