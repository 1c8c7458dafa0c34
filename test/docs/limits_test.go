package docs

import (
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheLimitsOfRulesAreTrue holds the numbers of docs/rules.md against the constants that they are.
func TestTheLimitsOfRulesAreTrue(t *testing.T) {
	_, table, _ := strings.Cut(read(t, filepath.Join(root, "docs/rules.md")), "\n| limit | value |")
	table, _, _ = strings.Cut(table, "\n\n")
	const matchfunc = "internal/matchfunc/"
	for row, limits := range map[string][]struct{ file, name string }{
		"source": {{"source/source.go", "MaxSize"}, {"source/punctuator.go", "maxTokens"},
			{"source/punctuator.go", "maxDepth"}},
		"nested calls":                   {{"script/realm.go", "maxCallDepth"}},
		"memory of an evaluation":        {{"script/watch.go", "maxMemory"}},
		"a string that one call makes":   {{"script/guards.go", "maxText"}},
		"a list that one call makes":     {{"script/guards.go", "maxItems"}},
		"a list sorted by a function":    {{"script/lists.go", "maxSorted"}},
		"a regular expression made from": {{"script/regexp.go", "maxPattern"}},
		"nested lists in":                {{"script/guards.go", "maxNest"}},
	} {
		m := regexp.MustCompile(`(?m)^\| ` + row + `[^|]* \| ([^|]+) \|`).FindStringSubmatch(table)
		if m == nil {
			t.Errorf("docs/rules.md has no row %q", row)
			continue
		}
		numbers := regexp.MustCompile(`([0-9][0-9,]*)(?: (KiB|MiB))?`).FindAllStringSubmatch(m[1], -1)
		if len(numbers) != len(limits) {
			t.Errorf("%s: %q has %d numbers, want %d", row, m[1], len(numbers), len(limits))
			continue
		}
		for i, limit := range limits {
			shown := constant.MakeFromLiteral(strings.ReplaceAll(numbers[i][1], ",", ""), token.INT, 0)
			shown = constant.Shift(shown, token.SHL, map[string]uint{"KiB": 10, "MiB": 20}[numbers[i][2]])
			if value := constantOf(t, matchfunc+limit.file, limit.name); !constant.Compare(shown, token.EQL, value) {
				t.Errorf("%s: docs/rules.md says %s, and %s is %s", row, shown, limit.name, value)
			}
		}
	}
}

// constantOf is the value of a constant that is written as a number or a sum of them.
func constantOf(t *testing.T, file, name string) constant.Value {
	t.Helper()
	m := regexp.MustCompile(`(?m)^(?:const|\t)? *` + name +
		` +?= ([^/\n]+)`).FindStringSubmatch(read(t, filepath.Join(root, file)))
	if m == nil {
		t.Fatalf("%s has no constant %s", file, name)
	}
	v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, m[1])
	if err != nil {
		t.Fatalf("%s of %s: %v", name, file, err)
	}
	return v.Value
}
