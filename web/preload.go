package web

import (
	"regexp"
	"slices"
	"strings"
)

// program is what the page begins with, and entry the file in it.
const (
	program = `<script type="module"`
	entry   = "app.js"
)

// imported finds the files that a module needs before it runs, as esbuild writes them. Those behind import( come later.
var imported = regexp.MustCompile(`(?:from|import)"\./([\w-]+\.js)"`)

// preloads has a browser ask for all that the program needs while it reads the page, instead of when it has read the
// program.
func (s *site) preloads() string {
	var links strings.Builder
	needed := []string{entry}
	for i := 0; i < len(needed); i++ {
		for _, m := range imported.FindAllSubmatch(s.assets[needed[i]].plain, -1) {
			name := string(m[1])
			if _, ok := s.assets[name]; ok && !slices.Contains(needed, name) {
				needed = append(needed, name)
				links.WriteString(`<link rel="modulepreload" href="/assets/` + name + `">` + "\n")
			}
		}
	}
	return links.String()
}
