package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// members is a JSON object that keeps the order of its members.
type members []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", one.name)
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false) // rules are full of >
		if err := encoder.Encode(one.value); err != nil {
			return nil, fmt.Errorf("encode %s: %w", one.name, err)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// secret are properties that hold a secret itself, should there ever be one; those that name a file hold none.
var secret = regexp.MustCompile(`(?i)(password|secret|token)$`)

// resource is the JSON view of a configuration, defaults included, by the tags that the configuration is read by. What
// the file sets to nothing is left out. The users and passwords of URLs are covered; the text of rules is shown as it
// is.
func resource(v reflect.Value) members {
	all := members{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("config"), ",")
		switch value := v.Field(i); {
		case field.Anonymous:
			all = append(all, resource(value)...)
		case name == "":
		case value.Kind() == reflect.Pointer && value.IsNil(), value.Kind() == reflect.String && value.Len() == 0:
		case field.Tag.Get("default") == "" && value.IsZero() && value.CanInt(): // a number or duration that isn't set
		case name == "matchFunc":
			all = append(all, member{name, value.String()})
		case secret.MatchString(name):
			all = append(all, member{name, "***"})
		default:
			all = append(all, member{name, shownValue(value)})
		}
	}
	return all
}

func shownValue(v reflect.Value) any {
	if word, ok := v.Interface().(fmt.Stringer); ok && v.Kind() != reflect.Pointer {
		return word.String() // a duration, a method
	}
	switch v.Kind() {
	case reflect.Pointer:
		return shownValue(v.Elem())
	case reflect.Struct:
		return resource(v)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = shownValue(v.Index(i))
		}
		return list
	case reflect.String:
		return masked(v.String())
	}
	return v.Interface()
}

// at is a time as the API writes it.
func at(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
