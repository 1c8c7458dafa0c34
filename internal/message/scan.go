package message

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// span is a piece of a message's bytes. For a list or a map it reaches from its first entry's tag to its last one's
// end.
type span struct{ start, end uint32 }

// scan finds the fields of a message of type t, which lies within data, in one pass over bytes that were checked
// before. It fills slots by field number and returns which numbers it saw. A field that occurs more than once counts
// as its last occurrence, and so do the members of a oneof.
func scan(t *Type, data []byte, within span, slots []span) (seen uint32) {
	data = data[:within.end]
	for i := within.start; i < within.end; {
		tagAt, tag := i, data[i]
		action := t.actions[tag]
		i++
		var start uint32
		switch {
		case tag >= 0x80:
			long, n := varint(data[tagAt:])
			number, wire := long>>3, protowire.Type(long&7)                                     // three bits
			start, i = value(data, tagAt+uint32(n), within.end, wire, protowire.Number(number)) // checked
			action = t.action(number, wire)
		case tag&7 == byte(protowire.BytesType) && data[i] < 0x80:
			start = i + 1
			i = start + uint32(data[i])
		case tag&7 == byte(protowire.VarintType) && data[i] < 0x80 && tag != 0:
			start = i
			i++
		case tag == 0:
			return seen // never in bytes that were checked
		default:
			start, i = value(data, i, within.end, protowire.Type(tag&7), protowire.Number(tag>>3))
		}
		if action == 0 {
			continue
		}
		number := action & actionNumber
		bit := uint32(1) << number
		switch {
		case action == number:
			slots[number] = span{start, i}
		case action&actionOneof != 0:
			slots[number] = span{start, i}
			seen &^= oneofMembers
		case seen&bit == 0:
			slots[number] = span{tagAt, i}
		default:
			slots[number].end = i
		}
		seen |= bit
	}
	return seen
}

// What scan does with a field: remember where it is under its number, and one of the others where it is a list or a
// map, or a member of a oneof. It ignores 0.
const (
	actionNumber     = 0x1F
	actionCollection = 0x20
	actionOneof      = 0x40
)

// action is what scan does with a field of this number and wire type.
func (t *Type) action(number uint64, wire protowire.Type) uint8 {
	if number >= uint64(len(t.byNumber)) {
		return 0
	}
	f := t.byNumber[number]
	if f == nil || f.wire != wire {
		return 0
	}
	action := uint8(number) // less than 32
	switch {
	case f.Repeated || f.Map:
		action |= actionCollection
	case f.Oneof:
		action |= actionOneof
	}
	return action
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
		unbounded := math.MaxInt
		_, n, _ := group(number, data[i:end], maxGroupDepth, &unbounded)
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
