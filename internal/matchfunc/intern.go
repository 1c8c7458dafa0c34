package matchfunc

import (
	"runtime"
	"sync"
	"time"
	"weak"
)

// Interned compiles sources, and gives the same Func for the same source as long as anybody has it: rules that several
// processors share are compiled once, and a reload compiles the rules that changed. It keeps nothing alive but what
// Keep was told of last. The zero value is ready, and it is safe for concurrent use.
type Interned struct {
	// Compile compiles what isn't known; nil stands for the function of that name. Tests count by it.
	Compile func(text string, o Options) (*Func, error)

	mu    sync.Mutex
	known map[sourceKey]weak.Pointer[Func]
	kept  []*Func
}

// sourceKey is what a Func is made of. Only rules in the engine depend on the timeout; it is 0 for the others.
type sourceKey struct {
	text    string
	timeout time.Duration
}

// Func returns the compiled source. The error is a *SourceError.
func (in *Interned) Func(text string, o Options) (*Func, error) {
	if f := in.find(text, o); f != nil {
		return f, nil
	}
	compile := in.Compile
	if compile == nil {
		compile = Compile
	}
	f, err := compile(text, o)
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.known == nil {
		in.known = map[sourceKey]weak.Pointer[Func]{}
	}
	key := sourceKey{text: f.text}
	if f.native == nil {
		key.timeout = o.Timeout
	}
	in.known[key] = weak.Make(f)
	runtime.AddCleanup(f, in.forget, key)
	return f, nil
}

func (in *Interned) find(text string, o Options) *Func {
	in.mu.Lock()
	defer in.mu.Unlock()
	if f := in.known[sourceKey{text: text}].Value(); f != nil {
		return f
	}
	return in.known[sourceKey{text, o.Timeout}].Value()
}

// forget takes out a source whose Func is gone, unless another one came in its place.
func (in *Interned) forget(key sourceKey) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if p, there := in.known[key]; there && p.Value() == nil {
		delete(in.known, key)
	}
}

// Keep keeps these for whoever compiles the same sources next, and lets those of the call before go.
func (in *Interned) Keep(all []*Func) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.kept = all
}
