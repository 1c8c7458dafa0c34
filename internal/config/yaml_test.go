package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The values are those that js-yaml 4 reads.
func TestMatchFuncIsReadInEveryStyle(t *testing.T) {
	for name, c := range map[string]struct{ written, want string }{
		"plain": {`req => req.method === "MESSAGE"`, `req => req.method === "MESSAGE"`},
		"plain with marks": {`({ method }) => ["A"].includes(method) && !x || y > 1 ? 1 :2`,
			`({ method }) => ["A"].includes(method) && !x || y > 1 ? 1 :2`},
		"plain with #":           {`req => req.x === "#1"  # a comment`, `req => req.x === "#1"`},
		"plain with tab":         {"req =>\ttrue \t", "req =>\ttrue"},
		"plain over lines":       {"req =>\n\n        req.a\n        - 1", "req =>\nreq.a - 1"},
		"plain tab over lines":   {"req\t=>\n\n\n        req.a\t&&\n        b", "req\t=>\n\nreq.a\t&& b"},
		"plain beside an anchor": {"&rule req => true", "req => true"},
		"single quoted":          {`'req => req.x === ''it"s'''`, `req => req.x === 'it"s'`},
		"double quoted":          {`"req => \"\x41\u00e9\U0001F600\n\" // \/"`, "req => \"Aé😀\n\" // /"},
		"double over lines":      {"\"req =>\n\n        a \\\n        b\"", "req =>\na b"},
		"literal": {"|\n        req => {\n          return true\n        }\n\n",
			"req => {\n  return true\n}\n"},
		"literal, stripped": {"|- # why\n\n        req =>\n         true\n\n\n", "\nreq =>\n true"},
		"literal, kept":     {"|+\n        req\n", "req\n\n"},
		"literal, indented": {"|2\n          req\n        x", "  req\nx\n"},
		"folded": {">\n        req =>\n        a &&\n          b\n\n        c\n",
			"req => a &&\n  b\n\nc\n"},
		"tagged":           {"!!str true", "true"},
		"tagged literal":   {"!!str |\n        req\n", "req\n"},
		"YAML 1.1 boolean": {"ON", "ON"},
		"date":             {"2026-01-01", "2026-01-01"},
		"time":             {"12:30", "12:30"},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, "f.yaml", withMatchFunc(c.written)).Spec.Processors[0].MatchFunc
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The scanner reads these as something else than YAML defines.
func TestMisreadStringsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ written, message string }{
		"comment after a dash line": {"req =>\n        - # why",
			`a value that holds ": " or " #" must be quoted, or written below a "|"`},
		"quote at a line's start": {"'req => ''\n        '' && x'",
			`a line of a quoted string starts with a quote and a space; write the string below a "|"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(withMatchFunc(c.written)))
			var report *Error
			if !errors.As(err, &report) || report.Problems[0].Message != c.message {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnchorsAliasesAndMergeKeysWork(t *testing.T) {
	c := mustParse(t, "f.yaml", `kind: MessageDispatcher
apiVersion: v2beta1
ref: r
spec:
  processors:
    - &first
      ref: a
      addr: a:1
      matchFunc: &all req => true
      methods: &calls [INVITE, ACK]
    - ref: b
      addr: b:1
      matchFunc: *all
      methods: *calls
    - <<: *first
      ref: c
    - <<: [{ref: d, timeout: 1s}, *first]
`)
	var got []string
	for _, p := range c.Spec.Processors {
		got = append(got, p.Ref+" "+p.Addr()+" "+p.MatchFunc+" "+p.Methods[1].String()+" "+p.Timeout.String())
	}
	want := []string{"a a:1 req => true ACK 5s", "b b:1 req => true ACK 5s", "c a:1 req => true ACK 5s",
		"d a:1 req => true ACK 1s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeysMayBeQuotedOrExplicit(t *testing.T) {
	text := strings.Replace(smallest, "kind:", `"kind":`, 1)
	text = strings.Replace(text, "ref: message-dispatcher", "? ref\n: message-dispatcher", 1)
	if got := mustParse(t, "f.yaml", text).Ref; got != "message-dispatcher" {
		t.Errorf("ref is %q", got)
	}
}

// Every text here is small for the damage it could do: it would take the parser minutes, gigabytes or the
// whole stack. The test passes by ending.
func TestHostileTextsAreRefused(t *testing.T) {
	repeat := strings.Repeat
	const many = 1 << 17
	bomb := "a: &a [x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + repeat("*"+string(c-1)+",", 8) + "]\n"
	}
	mergeBomb := "m0: &m0 {a: 1}\n" + repeat("x: {<<: [*m0,*m0,*m0,*m0]}\n", 3)
	for name, c := range map[string]struct{ text, message string }{
		"billion laughs":     {bomb, "the file holds more than 1000000 values"},
		"deep flow":          {repeat("[", 100_000), "values nest deeper than 64 levels"},
		"deep flow mappings": {repeat("{a: ", 100_000), "values nest deeper than 64 levels"},
		"deep block":         {repeat("- ", 100_000), "values nest deeper than 64 levels"},
		"deep JSON": {`{"a":` + repeat("[", 100_000) + repeat("]", 100_000) + "}",
			"values nest deeper than 64 levels"},
		"wide JSON":           {`{"a":[` + repeat("1,", 8*many) + "1]}", "the file holds more than 1000000 values"},
		"many keys":           {repeat("a: 1\n", many/8), "a mapping has more than 256 keys"},
		"many flow keys":      {"{" + repeat("a: 1,", many/8) + "}", "a mapping has more than 256 keys"},
		"many flow nulls":     {"{" + repeat("a,", many/2) + "}", "more than 1000 values are left out"},
		"many nulls":          {repeat("-\n", many/2), "more than 1000 values are left out"},
		"many null values":    {repeat("- a:\n", many/2), "more than 1000 values are left out"},
		"many tags":           {repeat("! ", many/2), "more than 8 tags or anchors in a row"},
		"many anchors":        {repeat("&a ", many/2), "more than 8 tags or anchors in a row"},
		"long key":            {repeat("k", 1000) + ": 1\n", "a key is longer than 256 bytes"},
		"run of <":            {"a: " + repeat("<", many), "too many blank lines, tabs or < characters"},
		"tabs between quotes": {"a: \"" + repeat("\tx", many) + "\"", "too many blank lines, tabs or < characters"},
		"blank lines": {"a: |\n b\n" + repeat("\n", many) + "c: 1",
			"too many blank lines, tabs or < characters"},
		"many tokens": {"[" + repeat("1,", 9*many) + "]", "the file holds too many values"},
		"merged keys": {manyMerged(), "a mapping has more than 256 keys"},
		"merge of what is none": {mergeBomb + "y: {<<: [[*m0]]}\n",
			"a merge key takes a mapping or a list of mappings"},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := Parse("f.yaml", []byte(c.text))
			var report *Error
			if config != nil || !errors.As(err, &report) {
				t.Fatalf("got %v, %v", config, err)
			}
			if got := report.Problems[0].Message; got != c.message {
				t.Errorf("got %q, want %q", got, c.message)
			}
		})
	}
}

// manyMerged returns two mappings that are each small enough, and one that merges both.
func manyMerged() string {
	var b strings.Builder
	for _, name := range []string{"a", "b"} {
		b.WriteString(name + ": &" + name + "\n")
		for i := range 200 {
			b.WriteString("  " + name + strings.Repeat("x", i) + ": 1\n")
		}
	}
	return b.String() + "c: {<<: [*a, *b]}\n"
}
