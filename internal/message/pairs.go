package message

import (
	"cmp"
	"slices"
	"strconv"
)

// Pair is an entry of a map as rules see it: Key is well-formed UTF-8, Value the bytes of the wire.
type Pair struct {
	Key   string
	Value []byte
}

// Map returns the entries of a map field in the order in which a JavaScript object keeps them (contract section
// 5.8): canonical array indexes ascending, then the others as they came; a repeated key keeps its first place and
// its last value. The key __proto__ is left out, because assigning a string to it does nothing.
func (o Object) Map(f *Field) []Pair {
	var pairs []Pair
	at := map[string]int{}
	list := o.List(f)
	for {
		entry, ok := list.Next()
		if !ok {
			break
		}
		k, v := Entry(entry)
		key := string(AppendUTF8(nil, k))
		if key == "__proto__" {
			continue
		}
		if i, known := at[key]; known {
			pairs[i].Value = v
			continue
		}
		at[key] = len(pairs)
		pairs = append(pairs, Pair{key, v})
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(arrayIndex(a.Key), arrayIndex(b.Key)) })
	return pairs
}

// notIndex sorts behind every array index: those end at 2^32 - 2.
const notIndex = 1<<32 - 1

// arrayIndex returns the value of a canonical array index (ECMA-262 section 6.1.7), else notIndex.
func arrayIndex(key string) uint64 {
	n, err := strconv.ParseUint(key, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != key {
		return notIndex
	}
	return n
}
