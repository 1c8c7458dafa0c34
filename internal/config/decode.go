package config

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/spelling"
)

// maxProblems bounds a report. Nobody reads further, and a hostile text could make millions.
const maxProblems = 200

// decoder fills structs from nodes as their tags say, and collects everything that is wrong.
type decoder struct {
	text     text
	known    map[reflect.Type][]property
	problems []Problem
}

// decode fills the struct that into points to and returns the problems found, in no particular order.
func decode(t text, root *node, into any) []Problem {
	d := decoder{text: t, known: map[reflect.Type][]property{}}
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

func (d *decoder) properties(of reflect.Type) []property {
	list, known := d.known[of]
	if !known {
		list = properties(of)
		d.known[of] = list
	}
	return list
}

// object fills a struct from a mapping.
func (d *decoder) object(n *node, path string, into reflect.Value) {
	list := d.properties(into.Type())
	if n.kind != kindMap {
		d.report(n.at, path, fmt.Sprintf("must be a mapping, not %s", n.kind))
		return
	}
	values := d.entries(n, path, list)
	for _, p := range list {
		field := into.FieldByIndex(p.index)
		entry, given := values[p.name]
		switch {
		case given:
			d.value(entry.value, member(path, p.name), p, field)
		case p.required && !misspelt(values, p.name, list):
			d.report(n.at, member(path, p.name), "required property is missing")
		case !p.required:
			d.setDefault(p, field)
		}
	}
}

// misspelt reports whether a property is there under a name that nobody knows, which says so already.
func misspelt(given map[string]pair, name string, list []property) bool {
	names := propertyNames(list)
	for key, entry := range given {
		if entry.key.kind == kindText && !slices.Contains(names, key) && spelling.Nearest(key, names) == name {
			return true
		}
	}
	return false
}

// entries returns the entries by property name and reports keys that are unknown or there twice.
func (d *decoder) entries(n *node, path string, list []property) map[string]pair {
	entries := make(map[string]pair, len(n.pairs))
	isProperty := func(name string) bool {
		return slices.ContainsFunc(list, func(p property) bool { return p.name == name })
	}
	for _, entry := range n.pairs {
		name := entry.key.value
		if first, twice := entries[name]; twice {
			d.report(entry.key.at, member(path, name),
				fmt.Sprintf("property is already set on line %d", first.key.at.line))
			continue
		}
		entries[name] = entry
		if entry.key.kind != kindText || !isProperty(name) {
			d.unknown(entry.key, path, list)
		}
	}
	return entries
}

func (d *decoder) unknown(key *node, path string, list []property) {
	if len(d.problems) > maxProblems {
		return
	}
	if key.kind != kindText {
		d.report(key.at, path, fmt.Sprintf("a property's name must be a string, not %s", key.kind))
		return
	}
	message := fmt.Sprintf("unknown property %s%s", quoted(key.value), DidYouMean(key.value, propertyNames(list)))
	if path == "" && key.value == "metadata" {
		message = `unknown property "metadata", which v2draft1 had: move metadata.ref to ref`
	}
	d.report(key.at, path, message)
}

// value fills one field, whatever its type. It stops once the report is full.
func (d *decoder) value(n *node, path string, p property, into reflect.Value) {
	switch {
	case len(d.problems) > maxProblems:
		return
	case into.Kind() == reflect.Struct:
		d.object(n, path, into)
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.object(n, path, into.Elem())
	case p.tag.Get("format") == "addresses":
		d.addresses(n, path, p, into)
	case into.Type() == jsonType:
		d.json(n, path, into)
	case into.Kind() == reflect.Map:
		d.words(n, path, into)
	case into.Kind() == reflect.Slice:
		d.list(n, path, p, into)
	default:
		v, err := p.format().read(n, p)
		if err != nil {
			d.report(n.at, path, err.Error())
			return
		}
		into.Set(reflect.ValueOf(v).Convert(into.Type()))
	}
}

func (d *decoder) list(n *node, path string, p property, into reflect.Value) {
	if n.kind != kindList {
		d.report(n.at, path, fmt.Sprintf("must be a list, not %s", n.kind))
		return
	}
	if len(n.items) == 0 && p.tag.Get("nonempty") == "true" {
		d.report(n.at, path, "must have at least one entry")
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, element(path, i), p, into.Index(i))
	}
	if p.tag.Get("unique") == "true" {
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
			all[i] = Address{Target: target.(string), Weight: 1}
		}
		if first, twice := taken[all[i].Target]; twice && all[i].Target != "" {
			d.report(item.at, at(i), fmt.Sprintf("%s is already %s", quoted(all[i].Target), at(first)))
		}
		taken[all[i].Target] = i
	}
	into.Set(reflect.ValueOf(all))
}

// setDefault gives a field the value of its default tag, and a mapping's fields theirs. A tag that can't be read is a
// mistake in this package.
func (d *decoder) setDefault(p property, into reflect.Value) {
	if into.Kind() == reflect.Struct {
		for _, inner := range d.properties(into.Type()) {
			d.setDefault(inner, into.FieldByIndex(inner.index))
		}
		return
	}
	written := p.tag.Get("default")
	if written == "" {
		return
	}
	n := &node{kind: kindText, value: written}
	switch into.Kind() {
	case reflect.Bool:
		n.kind = kindBool
	case reflect.Float64:
		n.kind = kindNumber
	}
	v, err := p.format().read(n, p)
	if err != nil {
		panic(fmt.Sprintf("config: default of %s: %v", p.name, err))
	}
	into.Set(reflect.ValueOf(v).Convert(into.Type()))
}
