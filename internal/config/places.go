package config

import "strconv"

// places is where the values of a file stand, without the values: what a running configuration keeps of its nodes. It
// has no pointers but its names', so that ten thousand processors cost 3 MB and the garbage collector nothing.
type places struct {
	all   []placed // the root first
	names []string // of properties; each once
}

// placed is one value.
type placed struct {
	line, column int32
	first, count int32 // its items or properties: those follow each other in all
	name         int32 // as a property, an index of names
	kind         kind
	style        style
}

func newPlaces(root *node) *places {
	p := &places{all: make([]placed, 1, root.values())}
	names := map[string]int32{}
	p.fill(0, root, names)
	return p
}

// values counts a node and all below it but the names of properties.
func (n *node) values() int {
	count := 1
	for _, item := range n.items {
		count += item.values()
	}
	for _, p := range n.pairs {
		count += p.value.values()
	}
	return count
}

// fill writes down a node at an index, and all below it.
func (p *places) fill(at int32, n *node, names map[string]int32) {
	to := &p.all[at]
	to.line, to.column = int32(n.at.line), int32(n.at.column) // a file has MaxBytes at most
	to.kind, to.style = n.kind, n.style
	to.first, to.count = int32(len(p.all)), int32(len(n.items)+len(n.pairs))
	first := to.first
	p.all = append(p.all, make([]placed, to.count)...)
	for i, item := range n.items {
		p.fill(first+int32(i), item, names)
	}
	for i, pair := range n.pairs {
		name, known := names[pair.key.value]
		if !known {
			name = int32(len(p.names))
			names[pair.key.value] = name
			p.names = append(p.names, pair.key.value)
		}
		p.all[first+int32(i)].name = name
		p.fill(first+int32(i), pair.value, names)
	}
}

// find returns the place of a value as node.find does the value.
func (p *places) find(path string) *node {
	at := int32(0)
	for step := range steps(path) {
		next, found := p.child(at, step)
		if !found {
			break
		}
		at = next
	}
	n := p.all[at]
	return &node{kind: n.kind, style: n.style, at: position{int(n.line), int(n.column)}}
}

func (p *places) child(of int32, step string) (at int32, found bool) {
	n := p.all[of]
	if n.kind == kindList {
		i, err := strconv.Atoi(step)
		return n.first + int32(i), err == nil && i >= 0 && i < int(n.count)
	}
	for at := n.first; at < n.first+n.count; at++ {
		if p.names[p.all[at].name] == step {
			return at, true
		}
	}
	return 0, false
}

// Fixed returns a copy without what takes memory with many processors: for who looks at what doesn't change while the
// process runs. It says of no problem where it is.
func (c *Config) Fixed() *Config {
	fixed := &Config{Kind: c.Kind, APIVersion: c.APIVersion, Ref: c.Ref, Spec: c.Spec, Name: c.Name, Hash: c.Hash}
	fixed.Spec.Processors, fixed.Spec.Middlewares = nil, nil
	return fixed
}

// Compact gives back the memory that only who reads or checks a configuration needs. Call it before others use the
// Config, once it is clear that it will be the running one. All that it says of places stays.
func (c *Config) Compact() {
	if c.root == nil {
		return
	}
	c.secrets = c.Secrets()
	c.places, c.root = newPlaces(c.root), nil
}
