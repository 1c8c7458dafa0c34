package message

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// In looks for field f in a message's wire form, which must be part of bytes that were checked, and returns the
// field's: a string's text, a message, a number for IntOf and the like. It is what Open is for one field only, and
// allocates nothing. The field must neither be a list or a map, which ListIn is for, nor a member of a oneof.
func (f *Field) In(data []byte) (piece []byte, ok bool) {
	end := uint32(len(data)) // Parse refuses more than 4 GiB
	for i := uint32(0); i < end; {
		tagAt := i
		tag := uint64(data[i])
		i++
		if tag >= 0x80 {
			v, n := varint(data[tagAt:])
			tag, i = v, tagAt+uint32(n) // at most ten
		}
		wire, number := protowire.Type(tag&7), tag>>3                      // three bits
		start, next := value(data, i, end, wire, protowire.Number(number)) // checked before
		if number == uint64(f.Number) && wire == f.wire {                  // a field's number
			piece, ok = data[start:next], true
		}
		i = next
	}
	return piece, ok
}

// ListIn returns the entries of list or map f in a message's wire form, which must be part of bytes that were checked.
func (f *Field) ListIn(data []byte) List { return List{data: data, field: f} }

// IntOf returns the value of an int32 or enum field from its wire form; 0 for nil. As the specification has it, a
// value of more than 32 bits is cut to its low 32.
func (f *Field) IntOf(piece []byte) int32 {
	v, _ := varint(piece)
	return int32(v) // see above
}

// BoolOf returns the value of a bool field from its wire form; false for nil.
func (f *Field) BoolOf(piece []byte) bool {
	v, _ := varint(piece)
	return v != 0
}

// FloatOf returns the value of a float field from its wire form; 0 for nil.
func (f *Field) FloatOf(piece []byte) float32 {
	if len(piece) < 4 {
		return 0
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(piece))
}
