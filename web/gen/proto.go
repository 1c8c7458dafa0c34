package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// docs are the comments of .proto files, and the types of fields by the names that the files give them. Keys are
// Type and Type.field, in protobuf's spelling; those of enums are Enum and Enum.VALUE.
type docs struct {
	comments map[string]string
	types    map[string]string   // of a field: Method, string
	enums    map[string][]string // an enum's values, in the order of the file
}

var (
	opening  = regexp.MustCompile(`^(message|enum|service|oneof) (\w+) \{`)
	field    = regexp.MustCompile(`^(?:repeated )?([\w.]+|map<[^>]*>) (\w+) = \d+;`)
	constant = regexp.MustCompile(`^(\w+) = \d+;`)
)

// readProtos reads the comments of every .proto file in a folder. Descriptors in the program don't have them.
func readProtos(dir string) (*docs, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.proto"))
	if err != nil {
		return nil, err
	}
	d := &docs{comments: map[string]string{}, types: map[string]string{}, enums: map[string][]string{}}
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the repository's own
		if err != nil {
			return nil, err
		}
		d.read(text)
	}
	return d, nil
}

// read takes the comments out of one file, which is laid out as buf format does it: a declaration a line.
func (d *docs) read(text []byte) {
	var above []string // the comment's lines so far
	var kind, owner string
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if words, ok := strings.CutPrefix(line, "//"); ok {
			above = append(above, strings.TrimSpace(words))
			continue
		}
		doc := strings.Join(above, " ")
		above = nil
		if m := opening.FindStringSubmatch(line); m != nil {
			if m[1] != "oneof" { // its members are the message's
				kind, owner = m[1], m[2]
				d.comments[owner] = doc
			}
			continue
		}
		if m := field.FindStringSubmatch(line); m != nil && kind == "message" {
			d.comments[owner+"."+m[2]] = doc
			d.types[owner+"."+m[2]] = m[1][strings.LastIndexByte(m[1], '.')+1:]
		} else if m := constant.FindStringSubmatch(line); m != nil && kind == "enum" {
			d.comments[owner+"."+m[1]] = doc
			d.enums[owner] = append(d.enums[owner], m[1])
		}
	}
}
