package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const deploy = "../../deploy/"

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("dispatcher.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("dispatcher.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestPublishedSchemaIsTheOneInTheCode(t *testing.T) {
	if *update {
		if err := os.WriteFile(deploy+"dispatcher.schema.json", Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(deploy + "dispatcher.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(published), string(Schema())); diff != "" {
		t.Errorf("run this test with -update:\n%s", diff)
	}
}

// TestDefaultsOfTheSchemaAreValid holds each default against the schema of its property.
func TestDefaultsOfTheSchemaAreValid(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	var walk func(name string, node any)
	walk = func(name string, node any) {
		members, ok := node.(map[string]any)
		if !ok {
			return
		}
		if d, has := members["default"]; has && members["description"] != nil {
			count++
			compiler := jsonschema.NewCompiler()
			if err := compiler.AddResource("property.json", members); err != nil {
				t.Fatal(err)
			}
			if err := compiler.MustCompile("property.json").Validate(d); err != nil {
				t.Errorf("%s: the default %v: %v", name, d, err)
			}
		}
		for member, of := range members {
			walk(name+"/"+member, of)
		}
	}
	walk("", document)
	if count < 30 {
		t.Errorf("found only %d defaults", count)
	}
}

func TestExampleFilesAreValidAndMeanTheSame(t *testing.T) {
	schema := compileSchema(t)
	var specs []Spec
	for _, name := range []string{"dispatcher.yaml", "dispatcher.json"} {
		text, err := Read(deploy + name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, c.Spec)
		document, err := plain(c.Source)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(specs[0], specs[1]); diff != "" {
		t.Errorf("YAML and JSON example differ:\n%s", diff)
	}
	yamlText, err := os.ReadFile(deploy + "dispatcher.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(yamlText, []byte("# yaml-language-server: $schema=dispatcher.schema.json\n")) {
		t.Error("the first line doesn't point editors at the schema")
	}
}

// plain decodes a text the way a schema validator in an editor does.
func plain(text []byte) (any, error) {
	inJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(inJSON))
}

// beyondSchema tells the messages of problems that a JSON Schema can't express.
func beyondSchema(message string) bool {
	for _, part := range []string{
		"is already the ref", "must not be longer", "needs tls.", "must be at most", "must be more than 0",
		"is already set", "must be from", "is not a host name",
	} {
		if strings.Contains(message, part) {
			return true
		}
	}
	return false
}

func TestSchemaRefusesWhatTheDecoderRefuses(t *testing.T) {
	schema := compileSchema(t)
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse("f.yaml", archive.Files[0].Data)
		var report *Error
		if !errors.As(err, &report) {
			t.Fatalf("%s: %v", name, err)
		}
		document, err := plain(archive.Files[0].Data)
		if c == nil || err != nil || allBeyond(report.Problems) {
			continue // there is nothing to validate, or nothing a schema could say
		}
		compared++
		if schema.Validate(document) == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
	}
	if compared < 10 {
		t.Errorf("only %d files were compared", compared)
	}
}

func allBeyond(problems []Problem) bool {
	for _, p := range problems {
		if !beyondSchema(p.Message) {
			return false
		}
	}
	return true
}

// Single values at their borders: the schema and the decoder must take the same side.
func TestSchemaAndDecoderAgreeOnValues(t *testing.T) {
	schema := compileSchema(t)
	values := map[string][]string{
		"bindAddr": {`"0.0.0.0:51901"`, `"0.0.0.0:0"`, `"[::]:1"`, `":1"`, `"a:65535"`, `"a:65536"`, `"a:70000"`,
			`"a:00"`, `"a"`, `"-a:1"`, `"a-:1"`, `"::1:1"`, `5`, `null`},
		"timeout": {`"5s"`, `"1m30s"`, `"1.5ms"`, `".5s"`, `"5"`, `5`, `"-5s"`, `"5 s"`, `"1µs"`, `""`, `[]`},
		"maxMessageBytes": {`1024`, `1023`, `67108864`, `67108865`, `4194304.0`, `2048.5`, `"4MiB"`, `"4 MiB"`, `"4M"`,
			`"4"`, `true`,
			`"4mib"`},
		"onRuleError":  {`"fail"`, `"skip"`, `"Skip"`, `false`},
		"matchTimeout": {`"20ms"`, `20`},
		"middlewares": {`[]`, `{}`, `null`, `[{"ref":"a","addr":"a:1","postProcessor":true}]`,
			`[{"ref":"a","addr":"a:0","postProcessor":true}]`, `[{"ref":"a","addr":"a:1"}]`},
		"answerFailures":   {`true`, `false`, `"true"`, `0`},
		"retryBudget":      {`0`, `1`, `0.25`, `-0.1`, `1.1`, `"0.2"`},
		"maxConnectionAge": {`"30m"`, `30`},
		"limits": {`{}`, `{"inFlight":1}`, `{"inFlight":0}`, `{"inFlight":1.5}`, `{"inFlight":"1"}`,
			`{"headerBytes":"64KiB"}`, `{"other":1}`, `[]`, `null`},
		"tls": {`{"cert":"c","key":"k"}`, `{"cert":"c"}`, `{}`, `null`, `{"cert":"c","key":""}`},
		"decisions": {`{}`, `{"keep":0}`, `{"mask":[]}`, `{"mask":[""]}`, `{"file":{}}`,
			`{"nats":{"url":"nats://a"}}`, `{"keepMessages":0}`},
		"unknown": {`1`},
	}
	for name, list := range values {
		for _, value := range list {
			agree(t, schema, name, value, jsonText(`"`+name+`": `+value+`, `))
		}
	}
	for _, value := range []string{
		`"a:1"`, `"dns:///a:1"`, `"dns://a:1"`, `"dns:///a"`, `"http://a:1"`, `["a:1"]`, `[]`,
		`["a:1", {"addr": "b:1"}]`, `[{"addr": "b:1", "weight": 0}]`,
		`[{"addr": "b:1", "weight": 2}]`, `{"addr": "b:1", "weight": 1000}`, `{"weight": 1}`, `[["a:1"]]`, `[1]`,
		`null`, `[{"addr": "b:1", "wait": 1}]`,
	} {
		text := `"middlewares": [{"ref": "m", "postProcessor": true, "addr": ` + value + `}], `
		agree(t, schema, "addr", value, jsonText(text))
	}
}

// agree holds the schema against the decoder.
func agree(t *testing.T, schema *jsonschema.Schema, name, value, file string) {
	t.Helper()
	text := []byte(file)
	_, decoderErr := Parse("f.json", text)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if schemaErr := schema.Validate(document); (schemaErr == nil) != (decoderErr == nil) {
		t.Errorf("%s: %s: schema says %v, decoder says %v", name, value, schemaErr, decoderErr)
	}
}
func TestReferenceNamesEveryProperty(t *testing.T) {
	reference, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(path string, of reflect.Type)
	walk = func(path string, of reflect.Type) {
		for _, p := range properties(of) {
			name := member(path, p.name)
			row := "\n| `" + name + "` |"
			start := bytes.Index(reference, []byte(row))
			if start < 0 {
				t.Errorf("no row for %s", name)
				continue
			}
			line, _, _ := bytes.Cut(reference[start+1:], []byte("\n"))
			for _, key := range []string{"default", "min", "max"} {
				if value := p.tag.Get(key); value != "" && !bytes.Contains(line, []byte("`"+value+"`")) {
					t.Errorf("the row of %s lacks its %s, %s", name, key, value)
				}
			}
			switch p.field.Kind() {
			case reflect.Struct:
				walk(name, p.field)
			case reflect.Pointer:
				walk(name, p.field.Elem())
			case reflect.Slice:
				if p.field.Elem().Kind() == reflect.Struct {
					walk(name+"[*]", p.field.Elem())
				}
			}
		}
	}
	walk("", reflect.TypeFor[Config]())

	archive, err := txtar.ParseFile("testdata/bad/several.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(reference, archive.Files[1].Data) {
		t.Error("the error shown is not the one that testdata/bad/several.txtar gives")
	}
}

func TestExampleInTheReferenceIsValid(t *testing.T) {
	reference, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(reference), "## Example\n\n```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("there is no example")
	}
	if c := mustParse(t, "dispatcher.yaml", example); len(c.Spec.Processors) != 2 {
		t.Errorf("%d processors", len(c.Spec.Processors))
	}
}
