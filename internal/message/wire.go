package message

import (
	"iter"

	"google.golang.org/protobuf/encoding/protowire"
)

// Each returns the fields of a message of type t in the order of the wire: those that t knows, in the wire type that it
// has for them. A field comes with its value as Append takes it: a string's text, the wire form of a message or of a
// map's entry, the bytes of a number. It is a part of data, which must be part of bytes that were checked.
//
// Whoever looks at the wire behind Parse does so through this package: two readers of one format never agree.
func (t *Type) Each(data []byte) iter.Seq2[*Field, []byte] {
	return func(yield func(*Field, []byte) bool) {
		for len(data) > 0 {
			f, val, n, err := next(t, data)
			if err != nil || f != nil && !yield(f, val) {
				return
			}
			data = data[n:]
		}
	}
}

// Append appends the field to a message in its wire form, with a value from Each. It writes what every protobuf library
// reads, whatever odd form the value came in: a number of more bits than its type has is cut as the specification says.
func (f *Field) Append(out, value []byte) []byte {
	out = protowire.AppendTag(out, protowire.Number(f.Number), f.wire)
	switch f.Kind {
	case Bool:
		return protowire.AppendVarint(out, protowire.EncodeBool(f.BoolOf(value)))
	case Int32, Enum:
		return protowire.AppendVarint(out, uint64(int64(f.IntOf(value)))) // negative ones have ten bytes
	case Float:
		return append(out, value...)
	case String, Message:
	}
	return protowire.AppendBytes(out, value)
}

// EntryOf returns the wire form of a map's entry.
func EntryOf(key, val []byte) []byte {
	return appendField(appendField(make([]byte, 0, len(key)+len(val)+4), 1, key), 2, val)
}
