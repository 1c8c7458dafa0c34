package config

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Schema returns the JSON Schema (draft 2020-12) of the configuration file, for editors and other tools. It accepts
// what Parse accepts, but for what a schema can't say: that refs are unique and how long a duration may be.
func Schema() []byte {
	schema := objectSchema(reflect.TypeFor[Config]())
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["$id"] = "https://raw.githubusercontent.com/fonoster/routr-dispatcher/main/deploy/dispatcher.schema.json"
	schema["title"] = "Routr Message Dispatcher configuration"
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("config: encode the schema: %v", err)) // it holds strings, numbers and maps alone
	}
	return append(text, '\n')
}

func objectSchema(of reflect.Type) map[string]any {
	required := []string{}
	members := map[string]any{}
	for _, p := range properties(of) {
		if p.required {
			required = append(required, p.name)
		}
		members[p.name] = propertySchema(p)
	}
	return map[string]any{
		"type": "object", "properties": members, "required": required, "additionalProperties": false,
	}
}

func propertySchema(p property) map[string]any {
	schema := valueSchema(p, p.field)
	schema["description"] = p.tag.Get("doc")
	if d := p.tag.Get("default"); d != "" {
		schema["default"] = defaultOf(schema["type"], d)
	}
	return schema
}

// defaultOf is a default as a value of its type: an editor writes it into the file as it is.
func defaultOf(kind any, text string) any {
	switch kind {
	case "boolean", "integer", "number":
		return json.RawMessage(text)
	}
	return text
}

func valueSchema(p property, of reflect.Type) map[string]any {
	if p.tag.Get("format") == "addresses" {
		return addressesSchema(p)
	}
	switch of.Kind() {
	case reflect.Struct:
		return objectSchema(of)
	case reflect.Pointer:
		return objectSchema(of.Elem())
	case reflect.Slice:
		list := map[string]any{"type": "array", "items": valueSchema(p, of.Elem())}
		if p.tag.Get("nonempty") == "true" {
			list["minItems"] = 1
		}
		return list
	}
	return p.format().schema(p)
}

// addressesSchema is one address or a list.
func addressesSchema(p property) map[string]any {
	one := targetSchema(p)
	entry := map[string]any{"anyOf": []any{one, objectSchema(reflect.TypeFor[Address]())}}
	list := map[string]any{"type": "array", "items": entry, "minItems": 1}
	return map[string]any{"anyOf": []any{one, list, objectSchema(reflect.TypeFor[Address]())}}
}
