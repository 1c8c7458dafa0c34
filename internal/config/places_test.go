package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is all that a configuration says of places: at every path of its tree, below it, and in every rule.
func said(c *Config, paths []string) string {
	var b strings.Builder
	for _, path := range paths {
		fmt.Fprintln(&b, c.Problem(path, "x"), c.Problem(path+".nothing", "x"), c.Problem(path+"[7]", "x"))
	}
	for i := range c.Spec.Processors {
		for line := range 5 {
			for column := range 9 {
				fmt.Fprintln(&b, c.MatchFuncProblem(i, line, 1+column*5, "x"))
			}
		}
	}
	fmt.Fprintln(&b, c.Secrets())
	return b.String()
}

func pathsBelow(n *node, path string) []string {
	all := []string{path}
	for i, item := range n.items {
		all = append(all, pathsBelow(item, element(path, i))...)
	}
	for _, p := range n.pairs {
		all = append(all, pathsBelow(p.value, member(path, p.key.value))...)
	}
	return all
}

func TestASettledConfigurationSaysTheSame(t *testing.T) {
	texts := map[string]string{
		"literal": withMatchFunc("|\n        req => {\n          return true\n        }\n"),
		"quoted":  withMatchFunc(`"req => req.ref === \"\u00e9\\t\""`),
		"aliases": withMatchFunc("&rule req => true") +
			"    - {ref: b, addr: \"b:1\", methods: [ACK], matchFunc: *rule}\n",
		"merged": withMatchFunc("req => true") +
			"    - &base {ref: b, addr: \"b:1\", methods: [ACK], matchFunc: req => true}\n    - {<<: *base, ref: c}\n",
		"JSON":    jsonText(""),
		"secrets": withMatchFunc("req => true") + "  decisions: {nats: {url: \"nats://u:p@h:1\"}}\n",
		"twice":   withMatchFunc("req => true") + "      ref: again\n",
	}
	for _, name := range []string{"dispatcher.yaml", "dispatcher.json"} {
		text, err := os.ReadFile(filepath.Join("../../deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			c, _ := Parse("f.yaml", []byte(text)) // whatever is wrong with it
			if c == nil || c.root == nil {
				t.Fatal("it wasn't read")
			}
			paths := pathsBelow(c.root, "")
			want := said(c, paths)
			c.Compact()
			c.Compact() // once more changes nothing
			if diff := cmp.Diff(want, said(c, paths)); diff != "" {
				t.Errorf("compact (-want +got):\n%s", diff)
			}
		})
	}
}

// heap returns how many bytes of the heap are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestASettledConfigurationOfManyTakesLittleMemory(t *testing.T) {
	text := withMatchFunc("req => true")
	for n := range 10_000 {
		text += fmt.Sprintf("    - ref: tenant-%05d\n      addr: 10.0.0.1:50051\n      methods: [INVITE, ACK, BYE]\n"+
			"      matchFunc: req => req.message.from.address.uri.host === \"tenant-%05d.example.com\"\n", n, n)
	}
	before := heap()
	c := mustParse(t, "f.yaml", text)
	c.Compact()
	if took := heap() - before; took > 14<<20 {
		t.Errorf("10,000 processors in %d bytes of text take %d", len(text), took)
	}
	if p := c.Problem("spec.processors[9999].addr", "x"); p.Line < 40_000 {
		t.Errorf("a place is lost: %s", p)
	}
}
