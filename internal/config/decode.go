package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/spelling"
)

// maxProblems bounds a report. Nobody reads further, and a hostile text could make millions.
const maxProblems = 200

// decoder fills structs from nodes as their tags say, and collects everything that is wrong.
type decoder struct {
	text     text
	known    map[reflect.Type][]field
	problems []Problem
}

// decode fills the struct that into points to and returns the problems found, in no particular order.
func decode(t text, root *node, into any) []Problem {
	d := decoder{text: t, known: map[reflect.Type][]field{}}
	d.object(root, "", reflect.ValueOf(into).Elem())
	return d.problems
}

func (d *decoder) report(at position, path, message string) {
	switch {
	case len(d.problems) < maxProblems:
		d.problems = append(d.problems, d.text.problem(path, at, message))
	case len(d.problems) == maxProblems:
		d.problems = append(d.problems, d.text.problem("", position{},
			fmt.Sprintf("only the first %d problems are shown", maxProblems)))
	}
}

// field is a property with what there is to know of it to read it, found once for ten thousand values.
type field struct {
	property
	addresses, unique, nonempty bool
	as                          format        // of one value
	usual                       reflect.Value // its default; none for a mapping, or without one
}

// fields are those of a struct.
func (d *decoder) fields(of reflect.Type) []field {
	list, known := d.known[of]
	if known {
		return list
	}
	for _, p := range properties(of) {
		f := field{property: p, addresses: p.tag.Get("format") == "addresses",
			unique: p.tag.Get("unique") == "true", nonempty: p.tag.Get("nonempty") == "true"}
		if p.isValue() && !f.addresses {
			f.as = p.format()
			f.usual = f.byDefault()
		}
		list = append(list, f)
	}
	d.known[of] = list
	return list
}

// isValue reports a property that is one value, or a list of such, rather than a mapping or a list of mappings.
func (p property) isValue() bool {
	of := p.field
	if of == jsonType {
		return false
	}
	if of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	return of.Kind() != reflect.Struct && of.Kind() != reflect.Pointer && of.Kind() != reflect.Map
}

// object fills a struct from a mapping.
func (d *decoder) object(n *node, path string, into reflect.Value) {
	list := d.fields(into.Type())
	if n.kind != kindMap {
		d.report(n.at, path, fmt.Sprintf("must be a mapping, not %s", n.kind))
		return
	}
	d.checkNames(n, path, list)
	for i := range list {
		p := &list[i]
		to := into.FieldByIndex(p.index)
		value := n.property(p.name)
		switch {
		case value != nil:
			d.value(value, member(path, p.name), p, to)
		case p.required && !misspelt(n, p.name, list):
			d.report(n.at, member(path, p.name), "required property is missing")
		case !p.required:
			d.setDefault(p, to)
		}
	}
}

// property returns the value of a mapping's first entry of that name; nil without one. A mapping has few.
func (n *node) property(name string) *node {
	for i := range n.pairs {
		if n.pairs[i].key.value == name {
			return n.pairs[i].value
		}
	}
	return nil
}

// misspelt reports whether a property is there under a name that nobody knows, which says so already.
func misspelt(n *node, name string, list []field) bool {
	names := fieldNames(list)
	for _, entry := range n.pairs {
		key := entry.key.value
		if entry.key.kind == kindText && !slices.Contains(names, key) && spelling.Nearest(key, names) == name {
			return true
		}
	}
	return false
}

// checkNames reports keys that are unknown or there twice.
func (d *decoder) checkNames(n *node, path string, list []field) {
	for i, entry := range n.pairs {
		name := entry.key.value
		first := slices.IndexFunc(n.pairs[:i], func(earlier pair) bool { return earlier.key.value == name })
		if first >= 0 {
			d.report(entry.key.at, member(path, name),
				fmt.Sprintf("property is already set on line %d", n.pairs[first].key.at.line))
			continue
		}
		isProperty := slices.ContainsFunc(list, func(p field) bool { return p.name == name })
		if entry.key.kind != kindText || !isProperty {
			d.unknown(entry.key, path, list)
		}
	}
}

func fieldNames(list []field) []string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.name
	}
	return names
}

func (d *decoder) unknown(key *node, path string, list []field) {
	if len(d.problems) > maxProblems {
		return
	}
	if key.kind != kindText {
		d.report(key.at, path, fmt.Sprintf("a property's name must be a string, not %s", key.kind))
		return
	}
	message := fmt.Sprintf("unknown property %s%s", quoted(key.value), DidYouMean(key.value, fieldNames(list)))
	if path == "" && key.value == "metadata" {
		message = `unknown property "metadata", which v2draft1 had: move metadata.ref to ref`
	}
	d.report(key.at, path, message)
}

// value fills one field, whatever its type. It stops once the report is full.
func (d *decoder) value(n *node, path string, p *field, into reflect.Value) {
	switch {
	case len(d.problems) > maxProblems:
		return
	case into.Kind() == reflect.Struct:
		d.object(n, path, into)
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.object(n, path, into.Elem())
	case p.addresses:
		d.addresses(n, path, p.property, into)
	case into.Type() == jsonType:
		d.json(n, path, into)
	case into.Kind() == reflect.Map:
		d.words(n, path, into)
	case into.Kind() == reflect.Slice:
		d.list(n, path, p, into)
	default:
		v, err := p.as.read(n, p.property)
		if err != nil {
			d.report(n.at, path, err.Error())
			return
		}
		if word, is := v.(string); is {
			v = strings.Clone(word) // not a part of the whole text, which would live as long
		}
		into.Set(reflect.ValueOf(v).Convert(into.Type()))
	}
}

func (d *decoder) list(n *node, path string, p *field, into reflect.Value) {
	if n.kind != kindList {
		d.report(n.at, path, fmt.Sprintf("must be a list, not %s", n.kind))
		return
	}
	if len(n.items) == 0 && p.nonempty {
		d.report(n.at, path, "must have at least one entry")
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, element(path, i), p, into.Index(i))
	}
	if p.unique {
		d.uniqueRefs(n, path)
	}
}

// uniqueRefs reports every item whose ref an earlier item has.
func (d *decoder) uniqueRefs(n *node, path string) {
	first := make(map[string]int, len(n.items))
	for i, item := range n.items {
		ref := item.child("ref")
		if ref == nil || ref.kind != kindText {
			continue
		}
		if earlier, taken := first[ref.value]; taken {
			message := fmt.Sprintf("%s is already the ref of %s", quoted(ref.value), element(path, earlier))
			d.report(ref.at, member(element(path, i), "ref"), message)
			continue
		}
		first[ref.value] = i
	}
}

// addresses fills a list of Address from one address or a list of them.
func (d *decoder) addresses(n *node, path string, p property, into reflect.Value) {
	items, at := n.items, func(i int) string { return element(path, i) }
	switch {
	case n.kind != kindList:
		items, at = []*node{n}, func(int) string { return path }
	case len(n.items) == 0:
		d.report(n.at, path, "must have at least one entry")
	}
	all := make([]Address, len(items))
	taken := map[string]int{}
	for i, item := range items {
		if item.kind == kindMap {
			d.object(item, at(i), reflect.ValueOf(&all[i]).Elem())
		} else if target, err := readTarget(item, p); err != nil {
			d.report(item.at, at(i), err.Error())
		} else {
			all[i] = Address{Target: strings.Clone(target.(string)), Weight: 1}
		}
		if first, twice := taken[all[i].Target]; twice && all[i].Target != "" {
			d.report(item.at, at(i), fmt.Sprintf("%s is already %s", quoted(all[i].Target), at(first)))
		}
		taken[all[i].Target] = i
	}
	into.Set(reflect.ValueOf(all))
}

// setDefault gives a field the value of its default tag, and a mapping's fields theirs.
func (d *decoder) setDefault(p *field, into reflect.Value) {
	switch {
	case into.Kind() == reflect.Struct:
		list := d.fields(into.Type())
		for i := range list {
			d.setDefault(&list[i], into.FieldByIndex(list[i].index))
		}
	case p.usual.IsValid():
		into.Set(p.usual)
	}
}

// byDefault reads the default tag; one that can't be read is a mistake in this package.
func (f *field) byDefault() (usual reflect.Value) {
	written := f.tag.Get("default")
	if written == "" {
		return usual
	}
	n := &node{kind: kindText, value: written}
	switch f.field.Kind() {
	case reflect.Bool:
		n.kind = kindBool
	case reflect.Float64:
		n.kind = kindNumber
	}
	v, err := f.as.read(n, f.property)
	if err != nil {
		panic(fmt.Sprintf("config: default of %s: %v", f.name, err))
	}
	return reflect.ValueOf(v).Convert(f.field)
}
