package message

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// Kind is the type of a field's value.
type Kind uint8

// The kinds that the contract's messages use.
const (
	String Kind = iota
	Int32
	Float
	Bool
	Enum
	Message
)

// Field describes one field of a message type.
type Field struct {
	Name     string // in lowerCamelCase, as rules see it
	Proto    string // as the .proto file spells it
	Number   int32
	Kind     Kind
	Repeated bool // a list, in which case Map is false
	Map      bool // map<string, string>
	Oneof    bool // a member of SIPMessage's message_type
	Type     *Type
	Names    map[int32]string // of an enum, by number

	// Words are an enum's names in the order of their numbers, which begin at 0 and have no gaps.
	Words []string

	texts [][]byte // the same
	wire  protowire.Type
}

// EnumText is EnumName, whose bytes nobody may change.
func (f *Field) EnumText(n int32) ([]byte, bool) {
	if n < 0 || int(n) >= len(f.texts) {
		return nil, false
	}
	return f.texts[n], true
}

// EnumName returns the name of an enum value, and whether there is one.
func (f *Field) EnumName(n int32) (string, bool) {
	name, ok := f.Names[n]
	return name, ok
}

// Type describes a message type.
type Type struct {
	Name string
	// Fields stand in the order of the JSON view's keys (contract section 5): lists, maps, the others, and the
	// members of a oneof last; each group by number.
	Fields []*Field

	byNumber []*Field // index is the field's number; nil where there is none
	byName   map[string]*Field
	actions  [256]uint8 // by tag, where that is one byte: see scan
	plain    [256]uint8 // likewise: see skim
}

// Field returns the field that rules know by this name, or nil.
func (t *Type) Field(name string) *Field { return t.byName[name] }

func (t *Type) field(number int32) *Field {
	if int(number) < len(t.byNumber) {
		return t.byNumber[number]
	}
	return nil
}

// RequestSchema describes MessageRequest.
var RequestSchema = schema(&routrpb.MessageRequest{})

// AnswerSchema describes MessageResponse.
var AnswerSchema = schema(&routrpb.MessageResponse{})

func schema(m proto.Message) *Type {
	return newType(map[protoreflect.FullName]*Type{}, m.ProtoReflect().Descriptor())
}

func newType(known map[protoreflect.FullName]*Type, d protoreflect.MessageDescriptor) *Type {
	if t := known[d.FullName()]; t != nil {
		return t
	}
	t := &Type{Name: string(d.Name()), byName: map[string]*Field{}}
	known[d.FullName()] = t
	var groups [4][]*Field // lists, maps, others, oneof
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		f := newField(known, fd)
		for int(f.Number) >= len(t.byNumber) {
			t.byNumber = append(t.byNumber, nil)
		}
		t.byNumber[f.Number], t.byName[f.Name] = f, f
		switch {
		case f.Repeated:
			groups[0] = append(groups[0], f)
		case f.Map:
			groups[1] = append(groups[1], f)
		case f.Oneof:
			groups[3] = append(groups[3], f)
		default:
			groups[2] = append(groups[2], f)
		}
	}
	for _, g := range groups {
		t.Fields = append(t.Fields, g...)
	}
	return indexed(t)
}

// indexed has a type, whose fields are there, know what its tags stand for.
func indexed(t *Type) *Type {
	for tag := range 0x80 {
		number, wire := tag>>3, protowire.Type(tag&7)
		t.actions[tag], t.plain[tag] = t.action(uint64(number), wire), t.plainness(int32(number), wire) // small
	}
	return t
}

func newField(known map[protoreflect.FullName]*Type, fd protoreflect.FieldDescriptor) *Field {
	f := &Field{
		Name:     fd.JSONName(),
		Proto:    string(fd.Name()),
		Number:   int32(fd.Number()),
		Repeated: fd.IsList(),
		Map:      fd.IsMap(),
		Oneof:    fd.ContainingOneof() != nil,
		wire:     protowire.BytesType,
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		f.Kind = String
	case protoreflect.Int32Kind:
		f.Kind, f.wire = Int32, protowire.VarintType
	case protoreflect.BoolKind:
		f.Kind, f.wire = Bool, protowire.VarintType
	case protoreflect.EnumKind:
		f.Kind, f.wire = Enum, protowire.VarintType
		f.Names = enumNames(fd.Enum())
		for n := range int32(len(f.Names)) {
			f.Words = append(f.Words, f.Names[n])
			f.texts = append(f.texts, []byte(f.Names[n]))
		}
	case protoreflect.FloatKind:
		f.Kind, f.wire = Float, protowire.Fixed32Type
	case protoreflect.MessageKind:
		f.Kind, f.Type = Message, newType(known, fd.Message())
	default:
		panic("message: no field of the contract has kind " + fd.Kind().String())
	}
	return f
}

func enumNames(d protoreflect.EnumDescriptor) map[int32]string {
	names := make(map[int32]string, d.Values().Len())
	for i := range d.Values().Len() {
		v := d.Values().Get(i)
		names[int32(v.Number())] = string(v.Name())
	}
	return names
}
