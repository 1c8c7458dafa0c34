// Package archtest keeps the house in order: which package may import which, and which outside library is at home
// where. docs/design.md draws the floors, and is held against the table here.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/fonoster/routr-dispatcher/"

// floors says how high a package stands. It may import lower floors only; a package below another one's folder stands
// on that one's floor and belongs to it.
var floors = map[string]int{
	"internal/file":      -1, // the ground: these know nothing of the dispatcher
	"internal/visible":   -1,
	"internal/panics":    -1,
	"internal/monotonic": -1,
	"internal/spelling":  -1,
	"internal/status":    0,
	"internal/zone":      0,
	"internal/message":   0,
	"internal/matchfunc": 0,
	"internal/config":    0,
	"internal/decision":  0,
	"internal/server":    0,
	"internal/frames":    0,
	"internal/telemetry": 0,
	"internal/siptext":   0,
	"internal/sample":    0,
	"internal/peertest":  0, // for tests only
	"internal/paste":     1,
	"internal/routing":   1,
	"internal/backend":   1,
	"internal/bus":       1,
	"internal/dispatch":  2,
	"internal/impact":    2,
	"internal/worker":    2,
	"internal/door":      2,
	"internal/rpc":       3,
	"internal/relay":     3,
	// above dispatch, whose explanations it tests, and below admin, which saves decisions as tests
	"internal/ruletest": 3,
	"internal/admin":    4,
	"internal/app":      5,
	"cmd/dispatcher":    6,
}

// sharedByNeighbours may be imported from their own floor.
var sharedByNeighbours = map[string]bool{
	"internal/message": true, "internal/status": true, "internal/panics": true, "internal/visible": true,
}

// homes says which packages may import a library.
var homes = map[string][]string{
	"github.com/dop251/goja":   {"internal/matchfunc"},
	"github.com/go-chi/chi/v5": {"internal/admin"},
	"github.com/goccy/go-yaml": {"internal/config"},
	"connectrpc.com/":          {"internal/rpc"},
	"google.golang.org/grpc":   {"internal/backend", "internal/peertest"},
	// the types of grpc.health.v1
	"google.golang.org/grpc/health/":     {"internal/rpc", "internal/backend", "internal/peertest"},
	"google.golang.org/grpc/health":      {"internal/peertest"},
	"github.com/cespare/xxhash/v2":       {"internal/backend"},
	"github.com/alecthomas/kong":         {"cmd/dispatcher"},
	"github.com/coreos/go-systemd":       {"cmd/dispatcher"},
	"golang.org/x/crypto/x509roots/":     {"cmd/dispatcher"},
	"github.com/schollz/progressbar/v3":  {"cmd/dispatcher"},
	"golang.org/x/tools/txtar":           {"internal/ruletest"},
	"golang.org/x/time":                  {"internal/admin", "internal/telemetry"},
	"golang.org/x/net":                   {"internal/frames"},
	"github.com/elastic/go-seccomp-bpf":  {"internal/worker"},
	"golang.org/x/sys":                   {"internal/frames", "internal/matchfunc", "internal/worker"},
	"github.com/agext/levenshtein":       {"internal/spelling"},
	"github.com/dlclark/regexp2":         {},
	"github.com/prometheus/":             {"internal/telemetry"},
	"go.opentelemetry.io/":               {"internal/telemetry"},
	"github.com/nats-io/":                {"internal/bus"},
	"google.golang.org/protobuf/testing": {},
}

// TestEveryDependencyHasAReason holds the requirements of go.mod against the table of docs/design.md.
func TestEveryDependencyHasAReason(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## What the program is built of")
	required := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1)
	if len(required) < 10 {
		t.Fatalf("go.mod requires %d modules", len(required))
	}
	named := map[string]bool{}
	for _, r := range required {
		named[r[1]] = true
		if !strings.Contains(table, "`"+r[1]+"`") {
			t.Errorf("docs/design.md doesn't say why the program needs %s", r[1])
		}
	}
	for _, r := range regexp.MustCompile("`([a-z.]+\\.[a-z]+/[^`]+)`").FindAllStringSubmatch(table, -1) {
		if !named[r[1]] {
			t.Errorf("docs/design.md speaks of %s, which go.mod doesn't require", r[1])
		}
	}
	if strings.Contains(string(mod), "\ntool ") {
		t.Error("go.mod has tools: .ci/tools.mod is for them")
	}
}

func TestPackagesImportLowerFloorsOnly(t *testing.T) {
	eachImport(t, func(t *testing.T, file, imported string) {
		to, ours := strings.CutPrefix(imported, module)
		if !ours || strings.HasPrefix(to, "gen/") || to == "web" {
			return
		}
		from := room(t, filepath.Dir(file))
		target := room(t, to)
		if from == target || sharedByNeighbours[target] && floors[from] == floors[target] {
			return
		}
		if floors[target] >= floors[from] {
			t.Errorf("%s imports %s: floor %d may not import floor %d", file, to, floors[from], floors[target])
		}
	})
}

// TestTheDesignDrawsTheFloors finds packages that docs/design.md draws on another floor, or not at all.
func TestTheDesignDrawsTheFloors(t *testing.T) {
	page, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn, floor := map[string]int{"cmd/dispatcher": floors["cmd/dispatcher"]}, 0
	line := regexp.MustCompile(`(?m)^(?:floor (\d)|(ground)|      )\s+(internal/\w+) `)
	for _, m := range line.FindAllStringSubmatch(string(page), -1) {
		switch {
		case m[1] != "":
			floor, _ = strconv.Atoi(m[1]) // it is a digit
		case m[2] != "":
			floor = -1
		}
		drawn[m[3]] = floor
	}
	if !maps.Equal(drawn, floors) {
		t.Errorf("docs/design.md draws\n%v\nand the floors are\n%v", drawn, floors)
	}
	packages, err := filepath.Glob("../*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range packages {
		if name := "internal/" + filepath.Base(dir); name != "internal/archtest" {
			room(t, name)
		}
	}
}

func TestLibrariesStayAtHome(t *testing.T) {
	eachImport(t, func(t *testing.T, file, imported string) {
		library := ""
		for prefix := range homes {
			if strings.HasPrefix(imported, prefix) && len(prefix) > len(library) {
				library = prefix
			}
		}
		if library == "" {
			return
		}
		from := room(t, filepath.Dir(file))
		for _, home := range homes[library] {
			if from == home {
				return
			}
		}
		t.Errorf("%s imports %s, whose home is %v", file, imported, homes[library])
	})
}

// TestTheProgramImportsNoTestCode keeps what tests are made of out of the program.
func TestTheProgramImportsNoTestCode(t *testing.T) {
	eachImport(t, func(t *testing.T, file, imported string) {
		to := strings.TrimPrefix(imported, module)
		forTests := strings.HasPrefix(to, "test/") || to == "internal/peertest"
		if forTests && !strings.HasPrefix(file, "internal/peertest/") {
			t.Errorf("%s imports %s, which is for tests", file, to)
		}
	})
}

// room returns the package of the table that a folder belongs to.
func room(t *testing.T, dir string) string {
	t.Helper()
	for d := filepath.ToSlash(dir); d != "."; d = filepath.ToSlash(filepath.Dir(d)) {
		if _, ok := floors[d]; ok {
			return d
		}
	}
	t.Fatalf("%s has no floor: add it to the table", dir)
	return ""
}

// eachImport visits every import of the program's own code, tests and generators left out.
func eachImport(t *testing.T, visit func(t *testing.T, file, imported string)) {
	t.Helper()
	const root = "../.."
	files := 0
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "testdata" || d.Name() == "gen" || d.Name() == "archtest") {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			files++
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			for _, spec := range parsed.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				visit(t, filepath.ToSlash(rel), imported)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files == 0 {
		t.Fatal("found no code to look at")
	}
}
