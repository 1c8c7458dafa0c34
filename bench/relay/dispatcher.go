package main

import (
	"fmt"
	"os/exec"
	"strings"

	"github.com/fonoster/routr-dispatcher/bench/load"
)

// dispatchers are the program's configurations: each in both ways that a message may take, where it knows two. Every
// message matches a rule, every decision is recorded, and metrics are on, as by default.
func (w *world) dispatchers(prefix, binary string) (all []subject, err error) {
	relay, err := load.Knows(binary, "relay")
	if err != nil {
		return nil, err
	}
	ways := []string{""}
	if relay {
		ways = []string{"auto", "off"}
	}
	middleware := fmt.Sprintf("  middlewares:\n    - {ref: one, addr: %q, postProcessor: false}\n", w.middleware)
	consoles := func(addr string) (func(), error) { return load.OpenConsoles(addr, 3, load.WebConsole) }
	for _, s := range []struct {
		name, says string
		rules      int
		more       string
		beside     func(string) (func(), error)
	}{
		{"rules-1", "1 rule", 1, "", nil},
		{"rules-10", "10 rules", 10, "", nil},
		{"rules-1000", "1,000 rules", 1_000, "", nil},
		{"rules-10000", "10,000 rules", 10_000, "", nil},
		{"middleware", "1 rule, and a middleware in front", 1, middleware, nil},
		{"consoles", "1 rule, and three consoles open", 1, "", consoles},
	} {
		for _, way := range ways {
			name, says, more := prefix+s.name, "this program, "+s.says, s.more
			if way != "" {
				name, says = name+"/"+way, says+", relay: "+way
				more += fmt.Sprintf("  relay: %q\n", way)
			}
			all = append(all, subject{
				name: name, says: says, rules: s.rules, beside: s.beside,
				command: func(addr string) (*exec.Cmd, error) {
					c := load.Configuration{Addr: addr, Rules: s.rules, Processors: []string{w.processor}, More: more}
					path, err := w.file(strings.NewReplacer("/", "-", ":", "-").Replace(name)+".yaml", c.YAML())
					return command(binary, "--config", path), err
				},
			})
		}
	}
	return all, nil
}
