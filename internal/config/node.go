package config

import (
	"iter"
	"strconv"
	"strings"
)

// kind is the type of a value in the file.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindText
	kindList
	kindMap
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "a mapping"}[k]
}

// style is how a string is written in the file. It decides how a place inside the string is found
// again in the file.
type style uint8

const (
	stylePlain style = iota
	styleSingle
	styleDouble
	styleLiteral
	styleFolded
	styleTagged // a tag stands before it
	styleWhole  // it is the whole file
)

// node is one value of the file, whatever language it was written in. Nodes that an alias repeats
// are shared, so a node is never changed once its reader is done.
type node struct {
	kind  kind
	style style
	at    position
	value string // kindBool, kindNumber, kindText
	items []*node
	pairs []pair
	size  int // nodes from here down, those that aliases repeat counted each time
}

// pair is one entry of a mapping, its own or one that a merge key brought. A mapping may have several
// entries of its own with the same key.
type pair struct {
	key, value *node
}

// maxNodes bounds how many values a file holds once aliases and merge keys are expanded. Ten thousand
// processors that take every method have about 300,000.
const maxNodes = 1_000_000

// find returns the value at a path such as spec.processors[1].addr, or the nearest value around it.
func (n *node) find(path string) *node {
	for step := range steps(path) {
		next := n.child(step)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// indexes writes those of a path as steps.
var indexes = strings.NewReplacer("[", ".", "]", "")

// steps are those of a path, from the root on.
func steps(path string) iter.Seq[string] { return strings.SplitSeq(indexes.Replace(path), ".") }

func (n *node) child(step string) *node {
	if n.kind == kindList {
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(n.items) {
			return nil
		}
		return n.items[i]
	}
	for _, p := range n.pairs {
		if p.key.value == step {
			return p.value
		}
	}
	return nil
}

// element and member build paths.
func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func member(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
