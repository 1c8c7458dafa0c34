package web

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Budgets in bytes, compressed: what a browser loads for the first screen, for the Playground in addition, and in all.
const (
	firstLoad  = 75_000
	playground = 175_000
	everything = 265_000
)

var chunk = regexp.MustCompile(`(?:from|import)\s*"\./([^"]+)"`)

// needs adds a file and those that it imports at once to what is loaded.
func (s *site) needs(name string, loaded map[string]bool) {
	if loaded[name] {
		return
	}
	loaded[name] = true
	for _, m := range chunk.FindAllSubmatch(s.assets[name].plain, -1) {
		s.needs(string(m[1]), loaded)
	}
}

// with is the script that has a text: a screen's, whose name changes with what is in it.
func (s *site) with(t *testing.T, text string) string {
	t.Helper()
	for name, a := range s.assets {
		if strings.HasSuffix(name, ".js") && strings.Contains(string(a.plain), text) {
			return name
		}
	}
	t.Fatalf("no script has %q", text)
	return ""
}

func (s *site) size(names map[string]bool) (sum int) {
	for name := range names {
		sum += len(s.assets[name].squeezed)
	}
	return sum
}

func TestTheConsoleIsWithinItsSizes(t *testing.T) {
	s := read(files)
	first := map[string]bool{"index.html": true, "app.css": true}
	s.needs("app.js", first)
	s.needs("plot.js", first)
	s.needs(s.with(t, "The last 15 minutes"), first)
	play := maps.Clone(first)
	s.needs("play.js", play)
	s.needs("editor.js", play)
	all := map[string]bool{}
	for name := range s.assets {
		if name != "LICENSES.txt" {
			all[name] = true
		}
	}
	for _, c := range []struct {
		what      string
		is, limit int
	}{
		{"the first screen", s.size(first), firstLoad},
		{"the Playground in addition", s.size(play) - s.size(first), playground},
		{"everything", s.size(all), everything},
	} {
		t.Logf("%s: %d bytes of %d", c.what, c.is, c.limit)
		if c.is > c.limit {
			t.Errorf("%s takes %d bytes, more than %d", c.what, c.is, c.limit)
		}
	}
}

// unbundled are libraries that others bring along and of which nothing is in the bundle.
var unbundled = map[string]bool{"@lezer/lr": true}

// TestLicencesAreComplete looks for each library that the lock file has for the console, with its version and the text
// of its licence, and for each whose home is in the console.
func TestLicencesAreComplete(t *testing.T) {
	text := "\n" + string(read(files).assets["LICENSES.txt"].plain)
	b, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct {
			Version string
			Dev     bool
		}
	}
	if err := json.Unmarshal(b, &lock); err != nil {
		t.Fatal(err)
	}
	found := 0
	for place, p := range lock.Packages {
		name, library := strings.CutPrefix(place, "node_modules/")
		if !library || p.Dev || unbundled[name] {
			continue
		}
		_, own, there := strings.Cut(text, "\n"+name+" "+p.Version+" (")
		if !there {
			t.Errorf("LICENSES.txt doesn't have %s %s", name, p.Version)
			continue
		}
		own = strings.Join(strings.Fields(own), " ")
		if at := strings.Index(own, "Permission is hereby granted"); at < 0 || at > 300 {
			t.Errorf("LICENSES.txt has no licence of %s", name)
		}
		found++
	}
	if found < 15 {
		t.Errorf("%d licences are there", found)
	}
	library := regexp.MustCompile(`"((?:@codemirror|@preact|@lezer)/[^"/]+|preact|uplot)(?:/[^"]*)?"`)
	for _, m := range library.FindAllStringSubmatch(sources(t), -1) {
		if !strings.Contains(text, "\n"+m[1]+" ") {
			t.Errorf("LICENSES.txt doesn't have %s", m[1])
		}
	}
}

func sources(t *testing.T) string {
	var b strings.Builder
	eachSource(t, func(name, text string) {
		if !strings.HasSuffix(name, ".test.ts") {
			b.WriteString(text)
		}
	})
	return b.String()
}
