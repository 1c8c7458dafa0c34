// Command gen writes the console's generated TypeScript: the admin API's types from its OpenAPI document, the schema of
// req from the one that rules and their warnings use, with the comments of the .proto files, and the keys of a
// configuration from its JSON Schema.
//
// All come out the same for the same input, whatever the machine. go generate runs it in this folder.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

//go:generate go run .

// output is one file that is written.
type output struct {
	path string // from the repository's top
	make func(root string) ([]byte, error)
}

var outputs = []output{
	{"web/src/api/api.gen.ts", func(root string) ([]byte, error) {
		document, err := os.ReadFile(filepath.Join(root, "internal/admin/openapi.json"))
		if err != nil {
			return nil, err
		}
		return apiTypes(document)
	}},
	{"web/src/rule/req.gen.ts", func(root string) ([]byte, error) {
		docs, err := readProtos(filepath.Join(root, "proto"))
		if err != nil {
			return nil, err
		}
		return requestSchema(message.RequestSchema, docs)
	}},
	{"web/src/rule/config.gen.ts", func(root string) ([]byte, error) {
		document, err := os.ReadFile(filepath.Join(root, "deploy/dispatcher.schema.json"))
		if err != nil {
			return nil, err
		}
		return configKeys(document)
	}},
}

func main() {
	if err := generate("../.."); err != nil {
		fmt.Fprintf(os.Stderr, "gen (%s): %v\n", runtime.Version(), err)
		os.Exit(1)
	}
}

// generate writes every output below root. A file that needn't change isn't touched.
func generate(root string) error {
	for _, o := range outputs {
		text, err := o.make(root)
		if err != nil {
			return fmt.Errorf("%s: %w", o.path, err)
		}
		path := filepath.Join(root, o.path)
		if old, err := os.ReadFile(path); err == nil && string(old) == string(text) {
			continue
		}
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // source code is for everybody to read
			return err
		}
	}
	return nil
}
