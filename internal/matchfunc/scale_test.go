package matchfunc

import (
	"fmt"
	"runtime"
	"testing"
)

// domainRule is a rule of a network that has one a tenant.
func domainRule(i int) string {
	return fmt.Sprintf(`req => req.message.from.address.uri.host === "tenant-%d.example.com"`, i)
}

// TestACompiledRuleIsSmall holds what 10,000 rules take.
func TestACompiledRuleIsSmall(t *testing.T) {
	const n, limit = 2000, 900 // bytes, of which 75 are the source; measured: 600
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	all := make([]*Func, n)
	before := heap()
	for i := range all {
		f, err := Compile(domainRule(i), Options{})
		if err != nil {
			t.Fatal(err)
		}
		all[i] = f
	}
	if each := int64(heap()-before) / n; each > limit {
		t.Errorf("a rule takes %d bytes, want %d at most", each, limit)
	}
	runtime.KeepAlive(all)
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for i := range b.N {
		if _, err := Compile(domainRule(i), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
