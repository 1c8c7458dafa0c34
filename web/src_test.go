package web

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// floors are the folders of web/src from the ground up. A file imports from its own folder and from those below it.
var floors = []string{"api", "state", "rule", "sip", "parts", "screens"}

// homes say which folder may import a library.
var homes = map[string]string{
	"preact": "", "@preact/signals": "", "preact/hooks": "", // everywhere
	"uplot": "parts/plot",
}

const editorHome = "parts/editor" // of @codemirror and @lezer

var imports = regexp.MustCompile(`(?m)(?:^import |^export .* from |^} from |\bimport\()(?:[^"\n]* from )?"([^"]+)"`)

func TestTheConsoleImportsLowerFoldersOnly(t *testing.T) {
	eachSource(t, func(name, text string) {
		if strings.HasSuffix(name, ".test.ts") {
			return
		}
		from := floorOf(name)
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(m[1], ".") {
				checkHome(t, name, m[1])
				continue
			}
			to := path.Join(path.Dir(name), m[1])
			if floorOf(to) > from {
				t.Errorf("%s imports %s, which stands above it", name, to)
			}
		}
	})
}

func checkHome(t *testing.T, name, library string) {
	t.Helper()
	home, known := homes[library]
	if strings.HasPrefix(library, "@codemirror/") || strings.HasPrefix(library, "@lezer/") {
		home, known = editorHome, true
	}
	switch {
	case !known:
		t.Errorf("%s imports %s, which has no home", name, library)
	case !strings.HasPrefix(name, home):
		t.Errorf("%s imports %s, which is at home in %s", name, library, home)
	}
}

// floorOf returns how high a file stands; main.tsx stands on all.
func floorOf(name string) int {
	folder, _, below := strings.Cut(name, "/")
	if i := slices.Index(floors, folder); below && i >= 0 {
		return i
	}
	return len(floors)
}

// TestForeignTextStaysText looks for what makes markup or script of a text.
func TestForeignTextStaysText(t *testing.T) {
	markup := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|` +
		`new Function\(|srcdoc|: any(?:[^\w ]| [=|&])|as any\b`)
	eachSource(t, func(name, text string) {
		if strings.HasSuffix(name, ".test.ts") {
			return // no browser gets it
		}
		if m := markup.FindString(text); m != "" {
			t.Errorf("%s has %s", name, m)
		}
	})
}

// TestFilesAreShort has an exception for what is generated.
func TestFilesAreShort(t *testing.T) {
	eachSource(t, func(name, text string) {
		if n := strings.Count(text, "\n"); n > 150 && !strings.Contains(name, ".gen.") {
			t.Errorf("%s has %d lines", name, n)
		}
	})
}

func eachSource(t *testing.T, f func(name, text string)) {
	t.Helper()
	src := os.DirFS("src")
	found := 0
	err := fs.WalkDir(src, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".ts" && path.Ext(name) != ".tsx" {
			return err
		}
		b, err := fs.ReadFile(src, name)
		if err != nil {
			return err
		}
		found++
		f(name, string(b))
		return nil
	})
	if err != nil || found == 0 {
		t.Fatal(found, err)
	}
}
