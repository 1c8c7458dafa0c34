package message

import "google.golang.org/protobuf/encoding/protowire"

// span is a piece of a message's bytes. For a list or a map it reaches from its first entry's tag to its last one's end.
type span struct{ start, end uint32 }

// scan finds the fields of a message of type t, which lies within data, in one pass over bytes that were checked
// before. It fills slots by field number and returns which numbers it saw. A field that occurs more than once counts
// as its last occurrence, and so do the members of a oneof.
func scan(t *Type, data []byte, within span, slots []span) (seen uint32) {
	for i := within.start; i < within.end; {
		tagAt := i
		tag := uint64(data[i])
		i++
		if tag >= 0x80 {
			v, n := varint(data[tagAt:within.end])
			tag, i = v, tagAt+uint32(n)
		}
		number, wire := tag>>3, protowire.Type(tag&7)
		valueAt, next := value(data, i, within.end, wire, protowire.Number(number))
		i = next
		if number >= uint64(len(t.byNumber)) {
			continue
		}
		f := t.byNumber[number]
		if f == nil || f.wire != wire {
			continue
		}
		bit := uint32(1) << number
		switch {
		case !f.Repeated && !f.Map:
			slots[number] = span{valueAt, next}
			if f.Oneof {
				seen &^= oneofMembers
			}
		case seen&bit == 0:
			slots[number] = span{tagAt, next}
		default:
			slots[number].end = next
		}
		seen |= bit
	}
	return seen
}

// oneofMembers are the field numbers of SIPMessage's message_type, the contract's only oneof.
const oneofMembers = 1<<1 | 1<<2

// value returns where the value of a field lies, given where it starts behind its tag: without the length of a
// length-delimited one. The bytes were checked before.
func value(data []byte, i, end uint32, wire protowire.Type, number protowire.Number) (start, next uint32) {
	switch wire {
	case protowire.BytesType:
		n := uint64(data[i])
		i++
		if n >= 0x80 {
			v, size := varint(data[i-1 : end])
			n, i = v, i-1+uint32(size)
		}
		return i, i + uint32(n)
	case protowire.VarintType:
		start = i
		for data[i] >= 0x80 {
			i++
		}
		return start, i + 1
	case protowire.Fixed32Type:
		return i, i + 4
	case protowire.Fixed64Type:
		return i, i + 8
	default:
		_, n, _ := group(number, data[i:end], maxGroupDepth)
		return i, i + uint32(n)
	}
}

// varint reads a varint as the specification has it: at most ten bytes, what overflows 64 bits cut off.
func varint(b []byte) (v uint64, n int) {
	for n < len(b) && n < 10 {
		c := b[n]
		v |= uint64(c&0x7f) << (7 * uint(n))
		n++
		if c < 0x80 {
			return v, n
		}
	}
	return 0, 0
}
