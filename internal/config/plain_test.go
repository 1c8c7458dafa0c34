package config

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// shape writes a node down, with all that the reader says of it.
func (n *node) shape() string {
	var b strings.Builder
	var write func(n *node, margin string)
	write = func(n *node, margin string) {
		fmt.Fprintf(&b, "%d:%d kind %d style %d size %d %q\n",
			n.at.line, n.at.column, n.kind, n.style, n.size, n.value)
		for _, item := range n.items {
			b.WriteString(margin + "- ")
			write(item, margin+"  ")
		}
		for _, p := range n.pairs {
			b.WriteString(margin + "? ")
			write(p.key, margin+"  ")
			b.WriteString(margin + ": ")
			write(p.value, margin+"  ")
		}
	}
	write(n, "")
	return b.String()
}

// bothReaders compares what the two readers make of a text, where the plain one reads it.
func bothReaders(t interface {
	Helper()
	Fatalf(string, ...any)
}, source string) (plain bool) {
	t.Helper()
	body, problem := newText("f.yaml", []byte(source))
	if problem != nil {
		return false
	}
	got, ok := readPlain(body)
	if !ok {
		return false
	}
	want, err := parseYAML(body)
	if err != nil {
		t.Fatalf("%q is read plainly, and is refused: %v", source, err)
	}
	if got, want := got.shape(), want.shape(); got != want {
		t.Fatalf("%s\nis\n%s\nwant\n%s", source, got, want)
	}
	return true
}

// writer makes texts up as configurations are written.
type writer struct {
	*rapid.T
	strings.Builder
}

func (w *writer) one(of ...string) string { return rapid.SampledFrom(of).Draw(w.T, "") }

// inline writes a value of one line, or of a literal below an indent.
func (w *writer) inline(indent string) string {
	switch w.one("word", "word", "word", "text", "number", "quoted", "list", "mapping", "literal") {
	case "text":
		return w.one(`req => req.x === "a"`, "(x, y) => [x, {y}]", "dns:///h:1", "a, b", "é ü", "a#b",
			"x - y", "/a/.test(b) ? 1 :2", "_")
	case "number":
		return w.one("0", "1", "51901", "0.5", ".5", ".inf", "007", "1e3", "-1", "5s", "1_000", "0x1f", "12:30",
			"2026-01-01", "1.50", "true", "false")
	case "quoted":
		return w.one("'x'", `"y z"`, `"é"`, `""`, "''", `"a: b"`, "' # '", "'it''s'", `"\n"`)
	case "list":
		return "[" + w.one("", "a", "INVITE, ACK", " a ,b", "1, x-y, 'z'", "a.b, [c, d]", "{a: b}, {c: 5s}",
			"a b", "a,", "é") + "]"
	case "mapping":
		return "{" + w.one("", "a: b", " a: 1 , b-c: [x, y]", "a: {b: 'c: d'}, e: \"f:1\"", "a", "a: b:1",
			"a: b c", "a:b", "a: b,") + "}"
	case "literal":
		in := indent + w.one("  ", "    ", " ")
		return w.one("|", "|", "|-", "|+", ">", "|2") + "\n" + in + w.one("a", "req => {", "- x: y", "# b") +
			w.one("", "\n"+in+"  b\n"+in+"c", "\n\n"+in+"d", "\n  \n"+in+"d", "\n"+indent+" e", "\n",
				"\n"+indent, "\n"+indent+"# f", "\n\n# g")
	}
	return w.one("a", "INVITE", "b-c", "null", "ON", "x.y")
}

// block writes a mapping or a list whose lines begin with an indent; the first one's is written.
func (w *writer) block(indent string, depth int) {
	list := w.one("mapping", "mapping", "list") == "list"
	for i := range rapid.IntRange(1, 3).Draw(w.T, "") {
		if i > 0 {
			w.WriteString(w.one("", "", "", "\n", "# c\n", "      # d\n", "  \n") + indent)
		}
		if list {
			dash := w.one("- ", "- ", "-   ")
			if w.WriteString(dash); depth < 4 && w.one("mapping", "mapping", "value") == "mapping" {
				w.block(indent+strings.Repeat(" ", len(dash)), depth+1)
				continue
			}
		} else {
			w.WriteString(w.one("a", "b", "ref", "matchFunc", "d-e") + ":")
			if depth < 4 && w.one("value", "value", "block") == "block" {
				in := indent + w.one("  ", "  ", "    ", "")
				w.WriteString(w.one("", "", " ", " # e") + "\n" + w.one("", "", "  # f\n", "\n") + in)
				w.block(in, depth+1)
				continue
			}
			w.WriteString(w.one(" ", " ", "  "))
		}
		w.WriteString(w.inline(indent) + w.one("", "", "", "", " ", " # g", "  # h") + "\n")
	}
}

// text writes a whole one, with a flaw in every other.
func (w *writer) text() string {
	w.WriteString(w.one("", "", "", "---\n", "# i\n---\n", "\n", "--- a\n", "%YAML 1.2\n---\n"))
	w.block("", 0)
	text := w.String() + w.one("", "", "", "\n", "# j", "---\n", "...\n", "  \n", "k")
	if w.one("flaw", "none") == "flaw" {
		at := rapid.IntRange(0, len(text)).Draw(w.T, "")
		text = text[:at] + w.one(" ", "  ", "\n", "\n  ", "-", "- ", ":", ": ", "#", " #", "'", "\"", "[",
			"]", "{", "}", ",", "|", ">", "&a ",
			"*a", "!!str ", "!", "?", "? ", "<<", "~", "%", "@", "`", "\\", "null", "true", "1", ".", "é",
			"\u2028", "---\n") + text[at:]
	}
	return strings.TrimSuffix(text, w.one("", "", "\n"))
}

func FuzzPlain(f *testing.F) {
	for _, text := range []string{smallest, plainExample, withMatchFunc("|\n        req =>\n          true")} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { bothReaders(t, text) })
}

// TestThePlainReaderKnowsWhatTheOtherMisplaces has what random texts found.
func TestThePlainReaderKnowsWhatTheOtherMisplaces(t *testing.T) {
	for _, text := range []string{"a: {b: 'é', c: d}\n", "a: ['é', d]\n", "a: |-\n  b \n", "a: 0 \n",
		"a: b \n", "a: |\n  b\n \n", "a: |\n  b", "a: .inf\n", "a: .NaN\n", "a: [.nan]\n"} {
		if bothReaders(t, text) {
			t.Errorf("%q is read plainly", text)
		}
	}
}

func TestThePlainReaderReadsWhatTheOtherDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := writer{T: t}
		bothReaders(t, w.text())
	})
}

// TestUsualConfigurationsAreReadPlainly holds what many rules cost: the other reader takes ten times as much.
func TestUsualConfigurationsAreReadPlainly(t *testing.T) {
	for name, text := range map[string]string{
		"the smallest":      smallest,
		"everything":        plainExample,
		"a literal":         withMatchFunc("|\n        req => {\n          return true\n        }\n"),
		"a comment":         withMatchFunc("req => true # all of them"),
		"no last line end":  strings.TrimSuffix(smallest, "\n"),
		"Windows":           strings.ReplaceAll(smallest, "\n", "\r\n"),
		"accents in a rule": withMatchFunc(`req => req.ref === "José"`),
	} {
		t.Run(name, func(t *testing.T) {
			if !bothReaders(t, text) {
				t.Error("it isn't")
			}
		})
	}
}

// plainExample has each thing that the plain reader knows.
const plainExample = `---
# A comment.
kind: MessageDispatcher
apiVersion: "v2beta1"
ref: 'example'

spec: # of everything
  bindAddr: 0.0.0.0:51901
  retryBudget: 0.25
  answerFailures: true
  limits: {inFlight: 100, memory: 512MiB}
  middlewares: []
  processors:
  - ref: a
    addr: ["a-1.example:1", {addr: 'a-2:1', weight: 3}]
    methods: [ INVITE, ACK ]
    timeout: 5s
    matchFunc: (req) => req.message.from?.address.uri.host === "a.example" && req.method !== 'X' || /[a-z]:1/.test("-")
  -   ref: b
      tls: {}
      addr: dns:///b:51904

      methods:
        - INVITE
        - MESSAGE   # chat
      # why
      matchFunc: |-
        req => {

          return true
        }
  - ref: c
    addr: "[::1]:1"
    methods: [INVITE]
    matchFunc: "req => true"
`

// TestWhatIsReadDoesNotKeepTheTextAlive: refs and rules live on in counters and decisions, the file that they were read
// from doesn't.
func TestWhatIsReadDoesNotKeepTheTextAlive(t *testing.T) {
	c := mustParse(t, "f.yaml", plainExample)
	body := uintptr(unsafe.Pointer(unsafe.StringData(c.text.body)))
	within := func(s string) bool {
		at := uintptr(unsafe.Pointer(unsafe.StringData(s)))
		return at >= body && at < body+uintptr(len(c.text.body))
	}
	if !within(c.text.lines[3]) {
		t.Fatal("a line isn't within the text")
	}
	for _, p := range c.Spec.Processors {
		for _, s := range []string{p.Ref, p.MatchFunc, p.Addrs[0].Target, c.Spec.BindAddr} {
			if within(s) {
				t.Errorf("%q is", s)
			}
		}
	}
}
