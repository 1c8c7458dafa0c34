package admin

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// fitting looks at the members of a JSON text more closely than encoding/json does, which takes names in any case and
// the last of two that are the same, and doesn't say where one is that it refuses. The text is known to be JSON.
type fitting struct{ *json.Decoder }

// misfit is what is wrong with a member.
type misfit struct {
	path   string
	offset int64 // of its first character
	detail string
}

// in reads one value that should be of type t, at a path, and returns the first misfit in it; nil for none.
func (f fitting) in(t reflect.Type, path string) *misfit {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return f.object(t, path)
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return f.list(bare(t.Elem()), path)
		}
	}
	var raw json.RawMessage
	if f.Decode(&raw) != nil {
		return nil
	}
	if t == reflect.TypeFor[[]byte]() {
		var text string
		_ = json.Unmarshal(raw, &text) // null is empty, and another kind was refused
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			detail := fmt.Sprintf("The member %s is no base64: %v.", path, err)
			return &misfit{path, f.InputOffset() - int64(len(raw)), detail}
		}
	}
	return nil
}

// object reads an object, or null.
func (f fitting) object(t reflect.Type, path string) *misfit {
	if token, err := f.Token(); err != nil || token != json.Delim('{') {
		return nil
	}
	seen := map[string]bool{}
	for f.More() {
		key, err := f.Token()
		if err != nil {
			return nil
		}
		name, _ := key.(string)
		at := strings.TrimPrefix(path+"."+name, ".")
		offset := f.InputOffset() - int64(len(name)) - 2
		of, known := memberOf(t, name)
		switch {
		case !known:
			return &misfit{at, offset, fmt.Sprintf("Nobody knows a member %.100q here.", name)}
		case seen[name]:
			return &misfit{at, offset, fmt.Sprintf("The member %.100q is here more than once.", name)}
		}
		seen[name] = true
		if found := f.in(of, at); found != nil {
			return found
		}
	}
	_, _ = f.Token() // the closing delimiter
	return nil
}

// list reads a list, or null.
func (f fitting) list(of reflect.Type, path string) *misfit {
	if token, err := f.Token(); err != nil || token != json.Delim('[') {
		return nil
	}
	for i := 0; f.More(); i++ {
		if found := f.in(of, path+"["+strconv.Itoa(i)+"]"); found != nil {
			return found
		}
	}
	_, _ = f.Token()
	return nil
}

// memberOf returns the type of a member of t, and whether t may have it.
func memberOf(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() == reflect.Map {
		return bare(t.Elem()), true
	}
	for i := range t.NumField() {
		if t.Field(i).Anonymous {
			if of, known := memberOf(bare(t.Field(i).Type), name); known {
				return of, true
			}
			continue
		}
		if key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); key == name {
			return bare(t.Field(i).Type), true
		}
	}
	return nil, false
}

// bare is the type behind a pointer.
func bare(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
