package admin

import (
	"encoding/json"
	"reflect"
	"strings"
)

// intruder looks for the member of a JSON text that a Go type has no field for: encoding/json refuses one, and doesn't
// say where it is. The text is known to be JSON that fits the type but for that.
type intruder struct{ *json.Decoder }

// in reads one value that should be of type t, nil where anything goes. It returns the name of the first member that
// has no field, and the offset of its first character.
func (s intruder) in(t reflect.Type) (name string, offset int64, found bool) {
	token, err := s.Token()
	open, compound := token.(json.Delim)
	if err != nil || !compound {
		return "", 0, false
	}
	for s.More() {
		of := element(t)
		if open == '{' {
			key, err := s.Token()
			if err != nil {
				return "", 0, false
			}
			name, _ := key.(string)
			var known bool
			if of, known = field(t, name); !known {
				return name, s.InputOffset() - int64(len(name)) - 2, true
			}
		}
		if name, offset, found := s.in(of); found {
			return name, offset, true
		}
	}
	_, _ = s.Token() // the closing delimiter
	return "", 0, false
}

// field returns the type of a member of t, and whether t may have it.
func field(t reflect.Type, name string) (reflect.Type, bool) {
	if t == nil || t.Kind() != reflect.Struct {
		return nil, true
	}
	for i := range t.NumField() {
		if t.Field(i).Anonymous {
			if of, known := field(bare(t.Field(i).Type), name); known {
				return of, true
			}
			continue
		}
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if strings.EqualFold(key, name) {
			return bare(t.Field(i).Type), true
		}
	}
	return nil, false
}

// element returns the type of a list's items.
func element(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() != reflect.Slice {
		return nil
	}
	return bare(t.Elem())
}

// bare is the type behind a pointer.
func bare(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
