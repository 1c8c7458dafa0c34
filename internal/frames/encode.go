package frames

import (
	"math"

	"golang.org/x/net/http2/hpack"
)

// encoder makes blocks of header lists (RFC 7541). What it has said before it knows by number, so that a list like the
// one before costs a comparison and a byte a field. One goroutine at a time uses it.
type encoder struct {
	table   []Field // the dynamic table, the oldest first, behind gone entries that it has lost
	gone    int
	dropped uint64 // how many entries were there before table's first
	size    uint32 // of the entries, as RFC 7541 section 4.1 counts it
	most    uint32 // that the peer lets it be
	resized bool   // since the last block

	known [64]uint64 // numbers of fields that were said lately, by their hint; 0: none
}

// tableSize is the largest dynamic table that we keep, and what a peer has that doesn't say otherwise.
const tableSize = 4096

func (e *encoder) init() { e.most = tableSize }

// resize takes the size that the peer lets the table have. The table begins anew.
func (e *encoder) resize(to uint32) {
	if to = min(to, tableSize); to != e.most {
		e.most, e.resized = to, true
		e.evict(0)
	}
}

// append appends a header list's block.
func (e *encoder) append(to []byte, head []Field) []byte {
	if e.resized { // RFC 7541 section 4.2. The least size that there was in between is no less than nothing.
		to = append(to, 0x20)
		if e.most > 0 {
			to = appendInt(to, 0x20, 5, uint64(e.most))
		}
		e.resized = false
	}
	for i := range head {
		to = e.field(to, &head[i])
	}
	return to
}

func (e *encoder) field(to []byte, f *Field) []byte {
	if f.Sensitive {
		_, name := e.search(f)
		return appendPlain(e.literal(to, 0x10, 4, name, f.Name), f.Value)
	}
	slot := &e.known[hint(f)]
	if g := e.at(*slot); g != nil && g.Name == f.Name && g.Value == f.Value {
		return appendInt(to, 0x80, 7, e.index(*slot))
	}
	whole, name := e.search(f)
	*slot = whole
	if whole > 0 {
		return appendInt(to, 0x80, 7, e.index(whole))
	}
	if size := sizeOf(f); size <= e.most {
		to = appendString(e.literal(to, 0x40, 6, name, f.Name), f.Value) // before the name's entry may go
		*slot = e.add(f, size)
		return to
	}
	return appendString(e.literal(to, 0, 4, name, f.Name), f.Value)
}

// hint is where a field is known, if it is. Fields that share one push each other out, and are searched for.
func hint(f *Field) uint8 {
	h := len(f.Name) + 7*len(f.Value)
	if len(f.Name) > 0 {
		h += 3 * int(f.Name[len(f.Name)-1])
	}
	if len(f.Value) > 0 {
		h += 5 * int(f.Value[len(f.Value)-1])
	}
	return uint8(h % 64)
}

// static are the fields that both sides know (RFC 7541 appendix A), by number from 1, and staticNames the first of each
// name.
var static, staticNames = func() (all [62]Field, names map[string]int) {
	names = map[string]int{}
	for i := 1; i < len(all); i++ {
		fields, err := hpack.NewDecoder(0, nil).DecodeFull([]byte{0x80 | byte(i)})
		if err != nil {
			panic("frames: HPACK's static table: " + err.Error())
		}
		all[i] = Field(fields[0])
		if _, known := names[all[i].Name]; !known {
			names[all[i].Name] = i
		}
	}
	return all, names
}()

// A field's number is its index in static, or counts on from there through all that were ever in the dynamic table.

// at returns the field that has a number; nil where there is none, or not any more.
func (e *encoder) at(number uint64) *Field {
	if number-1 < uint64(len(static)-1) {
		return &static[number]
	}
	if i := number - uint64(len(static)) - e.dropped; i >= uint64(e.gone) && i < uint64(len(e.table)) {
		return &e.table[i]
	}
	return nil
}

// index is what stands for a number in a block (RFC 7541 section 2.3.3).
func (e *encoder) index(number uint64) uint64 {
	if number < uint64(len(static)) {
		return number
	}
	return e.next() - 1 - number + uint64(len(static))
}

// next is the number of the entry that comes next.
func (e *encoder) next() uint64 { return uint64(len(static)) + e.dropped + uint64(len(e.table)) }

// search looks for a field, and for one of the same name; 0: there is none.
func (e *encoder) search(f *Field) (whole, name uint64) {
	if i := staticNames[f.Name]; i > 0 {
		for name = uint64(i); i < len(static) && static[i].Name == f.Name; i++ {
			if static[i].Value == f.Value {
				return uint64(i), name
			}
		}
	}
	for i := len(e.table) - 1; i >= e.gone; i-- {
		if e.table[i].Name != f.Name {
			continue
		}
		number := uint64(len(static)) + e.dropped + uint64(i)
		if e.table[i].Value == f.Value {
			return number, name
		}
		if name == 0 {
			name = number
		}
	}
	return 0, name
}

// sizeOf is RFC 7541 section 4.1's.
func sizeOf(f *Field) uint32 {
	return uint32(min(len(f.Name)+len(f.Value)+FieldBytes, math.MaxInt32)) // what is as long fits nowhere
}

// add adds an entry that fits, and returns its number.
func (e *encoder) add(f *Field, size uint32) (number uint64) {
	e.evict(e.most - size)
	e.size += size
	e.table = append(e.table, *f)
	return e.next() - 1
}

// evict has the oldest entries go until the others take no more than so many bytes.
func (e *encoder) evict(most uint32) {
	for ; e.size > most; e.gone++ {
		e.size -= sizeOf(&e.table[e.gone])
		e.table[e.gone] = Field{}
	}
	if 2*e.gone > len(e.table) {
		left := copy(e.table, e.table[e.gone:])
		clear(e.table[left:])
		e.table, e.dropped, e.gone = e.table[:left], e.dropped+uint64(e.gone), 0
	}
}

// literal begins a field that isn't in a table: with the number of one that has its name, or 0 and the name.
func (e *encoder) literal(to []byte, pattern byte, bits int, number uint64, name string) []byte {
	if number > 0 {
		return appendInt(to, pattern, bits, e.index(number))
	}
	return appendString(append(to, pattern), name)
}

// appendInt appends a number (RFC 7541 section 5.1) whose first byte has so many bits beside the pattern.
func appendInt(to []byte, pattern byte, bits int, n uint64) []byte {
	most := uint64(1)<<bits - 1
	if n < most {
		return append(to, pattern|byte(n))
	}
	to = append(to, pattern|byte(most))
	for n -= most; n >= 0x80; n >>= 7 {
		to = append(to, 0x80|byte(n))
	}
	return append(to, byte(n))
}

// appendString appends a text, in Huffman's code where that is shorter (RFC 7541 section 5.2).
func appendString(to []byte, text string) []byte {
	if n := hpack.HuffmanEncodeLength(text); n < uint64(len(text)) {
		return hpack.AppendHuffmanString(appendInt(to, 0x80, 7, n), text)
	}
	return appendPlain(to, text)
}

func appendPlain(to []byte, text string) []byte {
	return append(appendInt(to, 0, 7, uint64(len(text))), text...)
}
