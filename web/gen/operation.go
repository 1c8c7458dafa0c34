package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

type operation struct {
	ID          string               `json:"operationId"`
	Summary     string               `json:"summary"`
	Parameters  []parameter          `json:"parameters"`
	RequestBody *content             `json:"requestBody"`
	Responses   map[string]*response `json:"responses"`
}

type parameter struct {
	Ref         string `json:"$ref"`
	Name        string `json:"name"`
	In          string `json:"in"`
	Required    bool   `json:"required"`
	Description string `json:"description"`
	Schema      schema `json:"schema"`
}

type content struct {
	Required bool              `json:"required"`
	Content  map[string]medium `json:"content"`
}

type response struct {
	Content map[string]medium `json:"content"`
}

type medium struct {
	Schema schema `json:"schema"`
}

// resolve puts shared parameters in the place of references to them.
func (o *operation) resolve(shared map[string]parameter) error {
	for i, p := range o.Parameters {
		if p.Ref == "" {
			continue
		}
		found, ok := shared[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
		if !ok {
			return fmt.Errorf("nothing is at %s", p.Ref)
		}
		o.Parameters[i] = found
	}
	return nil
}

// typescript returns the operation as a member of Operations.
func (o *operation) typescript() string {
	var b strings.Builder
	b.WriteString(comment(o.Summary, "  "))
	fmt.Fprintf(&b, "  %s: {\n", o.ID)
	fmt.Fprintf(&b, "    params: %s;\n", o.parameters("path"))
	fmt.Fprintf(&b, "    query: %s;\n", o.parameters("query"))
	fmt.Fprintf(&b, "    body: %s;\n", o.RequestBody.typescript())
	fmt.Fprintf(&b, "    reply: %s;\n  };\n", o.reply())
	return b.String()
}

func (o *operation) parameters(in string) string {
	s := schema{Type: types{"object"}, Properties: map[string]schema{}}
	for _, p := range o.Parameters {
		if p.In != in {
			continue
		}
		p.Schema.Description = p.Description
		s.Properties[p.Name] = p.Schema
		if p.Required {
			s.Required = append(s.Required, p.Name)
		}
	}
	if len(s.Properties) == 0 {
		return "Record<string, never>"
	}
	return s.typescript("    ")
}

func (o *operation) reply() string {
	for _, code := range slices.Sorted(maps.Keys(o.Responses)) {
		if strings.HasPrefix(code, "2") {
			return (&content{Content: o.Responses[code].Content}).typescript()
		}
	}
	return "undefined"
}

// typescript returns the type of a body: that of its JSON where it has any, else text.
func (c *content) typescript() string {
	if c == nil || len(c.Content) == 0 {
		return "undefined"
	}
	if m, ok := c.Content["application/json"]; ok {
		return m.Schema.typescript("    ")
	}
	return "string"
}
