package matchfunc

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

func TestTheSameSourceIsCompiledOnce(t *testing.T) {
	compiled := 0
	in := &Interned{Compile: func(text string, o Options) (*Func, error) {
		compiled++
		return Compile(text, o)
	}}
	get := func(text string, o Options) *Func {
		t.Helper()
		f, err := in.Func(text, o)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	const native, engine = `req => req.ref === "a"`, `req => new Set([req.ref]).size`
	a := get(native, Options{Timeout: time.Second})
	if b := get(native, Options{Timeout: time.Minute}); a != b || compiled != 1 {
		t.Errorf("a native rule was compiled %d times", compiled)
	}
	c := get(engine, Options{Timeout: time.Second})
	if d := get(engine, Options{Timeout: time.Minute}); c == d || compiled != 3 {
		t.Error("rules in the engine with two timeouts are the same")
	}
	if d := get(engine, Options{Timeout: time.Second}); c != d {
		t.Errorf("a rule in the engine was compiled again")
	}
	if _, err := in.Func("req =>", Options{}); err == nil {
		t.Error("what doesn't load loads")
	}
	runtime.KeepAlive(a)
}

// TestSourcesThatNobodyHasAreForgotten holds the memory of many reloads.
func TestSourcesThatNobodyHasAreForgotten(t *testing.T) {
	in := &Interned{}
	var kept []*Func
	for i := range 1000 {
		f, err := in.Func(fmt.Sprintf(`req => req.ref === "%d"`, i), Options{})
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, f)
		if i == 9 {
			in.Keep(kept)
			kept = nil
		}
	}
	for range 1000 { // cleanups run by themselves some time after a collection
		if runtime.GC(); in.size() == 10 {
			break
		}
		runtime.Gosched()
	}
	if in.size() != 10 {
		t.Errorf("%d sources are known, want those 10 that are kept", in.size())
	}
	in.Keep(nil)
	for range 1000 {
		if runtime.GC(); in.size() == 0 {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d sources are known after all", in.size())
}

// size returns how many sources are known.
func (in *Interned) size() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.known)
}
