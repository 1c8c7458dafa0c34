package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// property is what a struct field's tags say about one property of the file.
//
//	config    its name, and ",required" where it must be there
//	doc       what it is for, one or two sentences
//	default   its value where the file has none, written as in the file
//	format    how its text is read; the Go type decides where there is none
//	enum      the words it may be, separated by |
//	min, max  its limits, written as in the file
//	nonempty  "true": a list needs an item
//	unique    "true": the refs of a list's items differ
type property struct {
	name     string
	required bool
	index    []int // in the struct, and in those that it embeds
	field    reflect.Type
	tag      reflect.StructTag
}

// properties lists the properties of a struct in the order of its fields.
func properties(of reflect.Type) []property {
	var list []property
	for i := range of.NumField() {
		field := of.Field(i)
		if field.Anonymous {
			for _, p := range properties(field.Type) {
				p.index = append([]int{i}, p.index...)
				list = append(list, p)
			}
			continue
		}
		name, rest, _ := strings.Cut(field.Tag.Get("config"), ",")
		if name == "" {
			continue
		}
		list = append(list, property{name, rest == "required", []int{i}, field.Type, field.Tag})
	}
	return list
}

// format returns how one value of the property, or of its list, is read.
func (p property) format() format {
	name := p.tag.Get("format")
	if name == "" {
		of := p.field
		if of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		name = of.String()
	}
	if p.tag.Get("enum") != "" {
		name = "enum"
	}
	f, known := formats[name]
	if !known {
		panic(fmt.Sprintf("config: property %s has no format for %s", p.name, name))
	}
	return f
}

// words are the values a property with the format enum or method may have.
func (p property) words() []string {
	if list := p.tag.Get("enum"); list != "" {
		return strings.Split(list, "|")
	}
	words := make([]string, len(routrpb.Method_name))
	for number, name := range routrpb.Method_name {
		words[number] = name
	}
	return words
}
