package web

import (
	"maps"
	"regexp"
	"slices"
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

// TestLicencesAreComplete looks for each library whose home is in the console.
func TestLicencesAreComplete(t *testing.T) {
	text := string(read(files).assets["LICENSES.txt"].plain)
	var want []string
	library := regexp.MustCompile(`"((?:@codemirror|@preact|@lezer)/[^"/]+|preact|uplot)(?:/[^"]*)?"`)
	for _, m := range library.FindAllStringSubmatch(sources(t), -1) {
		want = append(want, m[1])
	}
	slices.Sort(want)
	for _, name := range slices.Compact(want) {
		if !strings.Contains(text, "\n"+name+" ") && !strings.HasPrefix(text, name+" ") {
			t.Errorf("LICENSES.txt doesn't have %s", name)
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
