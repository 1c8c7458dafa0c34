package config

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// everyProperty calls f with each property of the resource, by its path.
func everyProperty(of reflect.Type, path string, f func(path string, p property)) {
	for _, p := range properties(of) {
		at, inner := member(path, p.name), p.field
		f(at, p)
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			if inner.Kind() == reflect.Slice {
				at += "[*]"
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			everyProperty(inner, at, f)
		}
	}
}

// row is one property of the reference.
type row struct{ required, defaultsTo, says string }

func reference(t *testing.T) map[string]row {
	t.Helper()
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]row{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| (yes|no) \\|([^|]*)\\| (.*) \\|$").
		FindAllStringSubmatch(string(text), -1) {
		rows[m[1]] = row{m[2], strings.TrimSpace(m[3]), m[4]}
	}
	return rows
}

// TestTheReferenceAgrees holds docs/configuration.md against the properties: which there are, what is required, what
// they are by default, and between which limits.
func TestTheReferenceAgrees(t *testing.T) {
	rows := reference(t)
	everyProperty(reflect.TypeFor[Config](), "", func(path string, p property) {
		r, found := rows[path]
		delete(rows, path)
		if !found {
			t.Errorf("docs/configuration.md has no row for %s", path)
			return
		}
		if (r.required == "yes") != p.required {
			t.Errorf("%s: required is %s in docs/configuration.md", path, r.required)
		}
		if d := p.tag.Get("default"); d != "" && r.defaultsTo != "`"+d+"`" && r.defaultsTo != "none" {
			t.Errorf("%s: the default is %s in docs/configuration.md, and %s here", path, r.defaultsTo, d)
		} else if d == "" && strings.HasPrefix(r.defaultsTo, "`") && !strings.HasPrefix(r.defaultsTo, "`spec.") {
			t.Errorf("%s: docs/configuration.md has the default %s, and there is none", path, r.defaultsTo)
		}
		for _, limit := range []string{p.tag.Get("min"), p.tag.Get("max")} {
			if limit != "" && !strings.Contains(r.says, "`"+limit+"`") {
				t.Errorf("%s: docs/configuration.md doesn't name its limit %s", path, limit)
			}
		}
	})
	for path := range rows {
		t.Errorf("docs/configuration.md has a row for %s, which is no property", path)
	}
}

// TestTheKnobsHaveTheirDefaults holds the table of docs/operations.md against them.
func TestTheKnobsHaveTheirDefaults(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Knobs\n")
	table, _, _ = strings.Cut(table, "\n## ")
	defaults := map[string]string{}
	everyProperty(reflect.TypeFor[Config](), "", func(path string, p property) {
		defaults[strings.TrimPrefix(path, "spec.")] = p.tag.Get("default")
	})
	defaults["holdWhenDown"] = defaults["processors[*].holdWhenDown"]
	checked := 0
	word := regexp.MustCompile("`([^`]+)`")
	for _, m := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\| ([^|]+) \\|").FindAllStringSubmatch(table, -1) {
		names, values := word.FindAllStringSubmatch(m[1], -1), word.FindAllStringSubmatch(m[2], -1)
		if strings.HasPrefix(names[0][1], "-") || strings.Contains(m[1], "environment") || len(values) != len(names) {
			continue
		}
		group, _, _ := strings.Cut(names[0][1], ".")
		for i, n := range names {
			name := n[1]
			if i > 0 && strings.Contains(names[0][1], ".") {
				name = group + "." + name
			}
			d, known := defaults[name]
			if known && d == "" { // it depends
				continue
			}
			checked++
			if !known || d != values[i][1] {
				t.Errorf("docs/operations.md: the knob %s is %s, and here %q", name, values[i][1], d)
			}
		}
	}
	if checked < 15 {
		t.Errorf("found only %d knobs", checked)
	}
}

// TestTheExampleOfProblemsIsTrue holds what docs/configuration.md shows of a wrong file against what is said of it.
func TestTheExampleOfProblemsIsTrue(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/bad/several.txtar")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "```\n"+string(archive.Files[1].Data)+"```") {
		t.Errorf("docs/configuration.md doesn't show this:\n%s", archive.Files[1].Data)
	}
}
