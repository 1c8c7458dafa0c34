package message

import "google.golang.org/protobuf/encoding/protowire"

// List is the entries of a repeated or map field, in wire order. The zero List is empty.
type List struct {
	data  []byte // from the first entry's tag to the last one's end, other fields between them included
	field *Field
}

// Next takes the first entry off the list and returns its bytes: a string's text, or the wire form of a message or
// of a map's entry. It reports false when the list is empty.
func (l *List) Next() (entry []byte, ok bool) {
	end := uint32(len(l.data))
	if end >= 2 && l.data[1] < 0x80 && uint32(l.data[0]) == uint32(l.field.Number)<<3|uint32(protowire.BytesType) {
		next := 2 + uint32(l.data[1]) // what follows is a short entry: most often
		entry, l.data = l.data[2:next], l.data[next:]
		return entry, true
	}
	for i := uint32(0); i < end; {
		tag, n := varint(l.data[i:])
		number, wire := protowire.Number(tag>>3), protowire.Type(tag&7)
		start, next := value(l.data, i+uint32(n), end, wire, number)
		i = next
		if int32(number) == l.field.Number && wire == protowire.BytesType {
			entry = l.data[start:next]
			l.data = l.data[next:]
			return entry, true
		}
	}
	l.data = nil
	return nil, false
}

// Size returns how many bytes of the wire the list still spans: Next looks at those that it takes off.
func (l List) Size() int { return len(l.data) }

// Len counts the entries. A map's repeated key counts each time.
func (l List) Len() (n int) {
	for {
		if _, ok := l.Next(); !ok {
			return n
		}
		n++
	}
}

// Entry returns the key and value of a map's entry; what is missing from the wire is empty.
func Entry(entry []byte) (key, val []byte) {
	end := uint32(len(entry))
	for i := uint32(0); i < end; {
		tag, n := varint(entry[i:])
		start, next := value(entry, i+uint32(n), end, protowire.Type(tag&7), protowire.Number(tag>>3))
		switch tag {
		case 1<<3 | 2:
			key = entry[start:next]
		case 2<<3 | 2:
			val = entry[start:next]
		}
		i = next
	}
	return key, val
}
