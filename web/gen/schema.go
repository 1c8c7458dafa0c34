package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// schema is what is read of a JSON schema.
type schema struct {
	Ref                  string            `json:"$ref"`
	Type                 types             `json:"type"`
	Description          string            `json:"description"`
	Deprecated           bool              `json:"deprecated"`
	Enum                 []json.RawMessage `json:"enum"`
	Const                json.RawMessage   `json:"const"`
	OneOf                []schema          `json:"oneOf"`
	AnyOf                []schema          `json:"anyOf"`
	AllOf                []schema          `json:"allOf"`
	Properties           map[string]schema `json:"properties"`
	Required             []string          `json:"required"`
	Items                *schema           `json:"items"`
	AdditionalProperties json.RawMessage   `json:"additionalProperties"`
}

// types is JSON schema's "type": one name or several.
type types []string

// UnmarshalJSON reads a name or a list of names.
func (t *types) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(t))
	}
	*t = make(types, 1)
	return json.Unmarshal(text, &(*t)[0])
}

// typescript returns the schema as a type; its lines behind the first are indented.
func (s schema) typescript(indent string) string {
	switch {
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	case len(s.Const) > 0:
		return string(s.Const)
	case len(s.Enum) > 0:
		return join(s.Enum, " | ", func(e json.RawMessage) string { return string(e) })
	case len(s.OneOf)+len(s.AnyOf) > 0:
		return join(append(s.OneOf, s.AnyOf...), " | ", func(o schema) string { return o.typescript(indent) })
	case len(s.AllOf) > 0:
		return join(s.AllOf, " & ", func(o schema) string { return o.typescript(indent) })
	case len(s.Type) > 0:
		return join(s.Type, " | ", func(name string) string { return s.named(name, indent) })
	}
	return "unknown"
}

func (s schema) named(name, indent string) string {
	switch name {
	case "integer":
		return "number"
	case "array":
		if s.Items == nil {
			return "unknown[]"
		}
		of := s.Items.typescript(indent)
		if strings.Contains(of, " | ") || strings.Contains(of, " & ") {
			return "(" + of + ")[]"
		}
		return of + "[]"
	case "object":
		return s.object(indent)
	}
	return name
}

func (s schema) object(indent string) string {
	var other schema
	if len(s.AdditionalProperties) > 0 && s.AdditionalProperties[0] == '{' {
		if json.Unmarshal(s.AdditionalProperties, &other) == nil && len(s.Properties) == 0 {
			return "Record<string, " + other.typescript(indent) + ">"
		}
	}
	if len(s.Properties) == 0 {
		return "Record<string, unknown>"
	}
	var b strings.Builder
	b.WriteString("{\n")
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p, optional := s.Properties[name], "?"
		if slices.Contains(s.Required, name) {
			optional = ""
		}
		doc := p.Description
		if p.Deprecated {
			doc += "\n@deprecated"
		}
		b.WriteString(comment(doc, indent+"  "))
		fmt.Fprintf(&b, "%s  %s%s: %s;\n", indent, key(name), optional, p.typescript(indent+"  "))
	}
	b.WriteString(indent + "}")
	return b.String()
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][\w$]*$`)

// key writes a property's name, in quotes where it needs them.
func key(name string) string {
	if identifier.MatchString(name) {
		return name
	}
	return quote(name)
}

// quote writes a string as TypeScript: JSON is a subset of it.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can always be written
	}
	return string(text)
}

// comment returns text as a comment of its own lines, or nothing where there is none.
func comment(text, indent string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "*/", "* /"))
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	if len(lines) == 1 {
		return indent + "/** " + text + " */\n"
	}
	body := join(lines, "", func(l string) string { return indent + " * " + l + "\n" })
	return indent + "/**\n" + body + indent + " */\n"
}

// join writes each element and puts between between them.
func join[T any](list []T, between string, write func(T) string) string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = write(e)
	}
	return strings.Join(texts, between)
}
