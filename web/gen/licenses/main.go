// Command licenses prints the licences of what esbuild bundled, from its metafile: that is what whoever hands the
// program out has to hand out too. A package without a licence ends it.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

var dependency = regexp.MustCompile(`^(.*node_modules/((?:@[^/]+/)?[^/]+))/`)

func main() {
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(metafile string, w io.Writer) error {
	packages, err := bundled(metafile)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if err := one(w, name, packages[name]); err != nil {
			return fmt.Errorf("licence of %s: %w", name, err)
		}
	}
	return nil
}

// bundled returns the packages that went into a bundle, by name, and their folders.
func bundled(metafile string) (map[string]string, error) {
	b, err := os.ReadFile(metafile)
	if err != nil {
		return nil, err
	}
	var meta struct{ Inputs map[string]struct{} }
	if err := json.Unmarshal(b, &meta); err != nil {
		return nil, fmt.Errorf("%s: %w", metafile, err)
	}
	packages := map[string]string{}
	for file := range meta.Inputs {
		if m := dependency.FindStringSubmatch(file); m != nil {
			packages[m[2]] = m[1]
		}
	}
	return packages, nil
}

func one(w io.Writer, name, dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return err
	}
	var about struct{ Version, License string }
	if err := json.Unmarshal(b, &about); err != nil {
		return err
	}
	texts, err := filepath.Glob(filepath.Join(dir, "LICENSE*"))
	if err != nil || len(texts) == 0 {
		return fmt.Errorf("no file LICENSE in %s", dir)
	}
	text, err := os.ReadFile(texts[0])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s %s (%s)\n\n%s\n\n", name, about.Version, about.License, text)
	return err
}
