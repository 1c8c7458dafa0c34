package message

import (
	"errors"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxGroupDepth bounds how deep unknown groups may nest; known messages nest no deeper than the schema does.
const maxGroupDepth = 50

// check walks the whole message and returns what Request.view is to be: data itself, or where a singular message
// occurs more than once, which the specification merges, an equivalent in which each occurs once.
func check(t *Type, data []byte) (view []byte, err error) {
	if uint64(len(data)) > math.MaxUint32 {
		return nil, &Error{Reason: "larger than 4 GiB"}
	}
	repeats, err := walk(t, data)
	if err != nil || !repeats {
		return data, err
	}
	return merge(t, data), nil
}

// walk checks that data is well-formed as t. It reports whether a singular message occurs more than once anywhere.
func walk(t *Type, data []byte) (repeats bool, err error) {
	var seen uint32
	for i := t.skim(data, 0); i < len(data); i = t.skim(data, i) {
		f, val, n, err := next(t, data[i:])
		if err != nil {
			return false, err
		}
		i += n
		if f == nil || f.Kind != Message {
			continue
		}
		inner := false
		if f.Map {
			_, err = walk(entrySchema, val)
		} else {
			inner, err = walk(f.Type, val)
		}
		if err != nil {
			return false, within(f, err)
		}
		bit := uint32(1) << uint(f.Number)
		repeats = repeats || inner || !f.Repeated && !f.Map && seen&bit != 0
		seen |= bit
	}
	return repeats, nil
}

// skim returns where, from i on, the first field begins that wants a closer look. Most don't: they aren't messages,
// their tag has one byte, and their length or number another.
func (t *Type) skim(data []byte, i int) int {
	for i+1 < len(data) && data[i+1] < 0x80 {
		n := 2
		switch t.plain[data[i]] {
		case plainText:
			n += int(data[i+1])
		case plainNumber:
		default:
			return i
		}
		if n > len(data)-i {
			return i
		}
		i += n
	}
	return i
}

// What skim does with a field, by its tag.
const (
	plainText   = 1 + iota // its bytes are of no interest
	plainNumber            // likewise
)

// plainness is what skim does with a field of this number and wire type.
func (t *Type) plainness(number int32, wire protowire.Type) uint8 {
	switch f := t.field(number); {
	case number == 0:
	case wire == protowire.VarintType:
		return plainNumber
	case wire == protowire.BytesType && (f == nil || f.Kind != Message):
		return plainText
	}
	return 0
}

// next reads one field. f is nil for one that t doesn't know, or knows with another wire type.
func next(t *Type, data []byte) (f *Field, val []byte, n int, err error) {
	unbounded := math.MaxInt
	return nextWithin(t, data, &unbounded)
}

// nextWithin is next that takes what an unknown group holds off left, and stops below 0.
func nextWithin(t *Type, data []byte, left *int) (f *Field, val []byte, n int, err error) {
	tag, tagLen := varint(data)
	number, wire := tag>>3, protowire.Type(tag&7)
	if tagLen == 0 || number == 0 || number > uint64(protowire.MaxValidNumber) {
		return nil, nil, 0, &Error{Reason: "malformed protobuf: a field's tag isn't valid"}
	}
	known := t.field(int32(number)) // at most MaxValidNumber
	val, n, reason := consume(protowire.Number(number), wire, data[tagLen:], left)
	if reason != "" {
		e := &Error{Reason: "malformed protobuf: " + reason}
		if known != nil {
			e.Field = known.Proto
		}
		return nil, nil, 0, e
	}
	if known != nil && known.wire == wire {
		f = known
	}
	return f, val, tagLen + n, nil
}

// consume reads the value of a field and says what is wrong with it. left is as for nextWithin.
func consume(number protowire.Number, wire protowire.Type, data []byte, left *int) (val []byte, n int, reason string) {
	switch wire {
	case protowire.VarintType:
		if _, n = varint(data); n == 0 {
			return nil, 0, "a varint is cut off or longer than ten bytes"
		}
		return data[:n], n, ""
	case protowire.BytesType:
		size, lenLen := varint(data)
		if lenLen == 0 || size > uint64(len(data)-lenLen) {
			return nil, 0, "its length runs past the end"
		}
		n = lenLen + int(size) // bounded by len(data)
		return data[lenLen:n], n, ""
	case protowire.Fixed32Type, protowire.Fixed64Type:
		n = 4
		if wire == protowire.Fixed64Type {
			n = 8
		}
		if len(data) < n {
			return nil, 0, "a fixed-size value is cut off"
		}
		return data[:n], n, ""
	case protowire.StartGroupType:
		return group(number, data, maxGroupDepth, left)
	default:
		return nil, 0, "a field has no valid wire type"
	}
}

// group reads an unknown group up to its end tag.
func group(number protowire.Number, data []byte, depth int, left *int) (val []byte, n int, reason string) {
	if depth == 0 {
		return nil, 0, "groups are nested too deep"
	}
	for {
		if *left--; *left < 0 {
			return nil, 0, "a group holds too much"
		}
		tag, tagLen := varint(data[n:])
		num, wire := protowire.Number(tag>>3), protowire.Type(tag&7)
		if tagLen == 0 || tag>>3 == 0 || tag>>3 > math.MaxInt32 { // protobuf-go allows as much here
			return nil, 0, "a group is cut off"
		}
		n += tagLen
		if wire == protowire.EndGroupType {
			if num != number {
				return nil, 0, "a group ends with another group's tag"
			}
			return data[:n-tagLen], n, ""
		}
		var size int
		if wire == protowire.StartGroupType {
			_, size, reason = group(num, data[n:], depth-1, left)
		} else {
			_, size, reason = consume(num, wire, data[n:], left)
		}
		if reason != "" {
			return nil, 0, reason
		}
		n += size
	}
}

// entrySchema stands for any map's entry: key and value are strings, which need no check of their own.
var entrySchema = indexed(&Type{Name: "entry"})

// within puts a field's name before the path of an error found inside it.
func within(f *Field, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	path := f.Proto
	if e.Field != "" {
		path += "." + e.Field
	}
	return &Error{Field: path, Reason: e.Reason}
}

// merge writes the message anew with the occurrences of each singular message put one behind the other, which is
// how the specification says that they merge.
func merge(t *Type, data []byte) []byte {
	out := make([]byte, 0, len(data)+8)
	whole := make([][]byte, len(t.byNumber))
	for len(data) > 0 {
		f, val, n, _ := next(t, data)
		if f != nil && f.Oneof {
			clearOneof(whole, f) // setting one member unsets the others
		}
		switch {
		case f == nil || f.Kind != Message || f.Map:
			out = append(out, data[:n]...)
		case f.Repeated:
			out = appendField(out, f.Number, merge(f.Type, val))
		default:
			whole[f.Number] = append(whole[f.Number], val...)
			if whole[f.Number] == nil {
				whole[f.Number] = []byte{} // there, and empty
			}
		}
		data = data[n:]
	}
	// They go last, because a oneof's last member is the one that counts.
	for number, val := range whole {
		if val != nil {
			f := t.byNumber[number]
			out = appendField(out, f.Number, merge(f.Type, val))
		}
	}
	return out
}

func clearOneof(whole [][]byte, set *Field) {
	for number := range whole {
		if oneofMembers&(1<<number) != 0 && int32(number) != set.Number { // a schema's number
			whole[number] = nil
		}
	}
}

func appendField(out []byte, number int32, val []byte) []byte {
	out = protowire.AppendTag(out, protowire.Number(number), protowire.BytesType)
	return protowire.AppendBytes(out, val)
}
