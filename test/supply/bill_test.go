//go:build supply

package supply

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// parts reads a bill of materials: what each part is called there, with its version.
func parts(t *testing.T, path string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		BOMFormat  string
		Components []struct{ Name, Group, Version, PURL string }
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	if bill.BOMFormat != "CycloneDX" {
		t.Errorf("%s is in the format %q", path, bill.BOMFormat)
	}
	for _, c := range bill.Components {
		name := c.Name
		if c.Group != "" {
			name = c.Group + "/" + name
		}
		all = append(all, name+" "+c.Version)
	}
	slices.Sort(all)
	return all
}

// The bills of materials have what the program was built of, no more and no less, and what the console was: that has
// what the bundler left out, too, for what stays of a package is the bundler's matter.
func TestTheBillsNameWhatIsBuiltIn(t *testing.T) {
	r, err := released()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(r.path("dispatcher_linux_arm64_v8.0/dispatcher"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(r.clone, "bin/sbom/linux-arm64")
	want := []string{"std " + info.GoVersion}
	for _, m := range info.Deps {
		want = append(want, m.Path+" "+m.Version)
	}
	compare(t, "the program", parts(t, filepath.Join(dir, "dispatcher.cdx.json")), want)
	licenses, err := os.ReadFile("../../web/dist/LICENSES.txt")
	if err != nil {
		t.Fatal(err)
	}
	want = nil
	for _, m := range regexp.MustCompile(`(?m)^(\S+ \d+\.\d+\.\d+) \([^)]+\)$`).FindAllSubmatch(licenses, -1) {
		want = append(want, string(m[1]))
	}
	bundled := func(part string) bool { return slices.Contains(want, part) }
	got := parts(t, filepath.Join(dir, "console.cdx.json"))
	if len(got) > len(want)+3 {
		t.Errorf("the bill of the console has %d parts, of which %d are bundled", len(got), len(want))
	}
	compare(t, "the console", slices.DeleteFunc(got, func(part string) bool { return !bundled(part) }), want)
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(want)
	if len(want) < 10 {
		t.Fatalf("%s is made of %q only", what, want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the bill of %s has\n%q\nwant\n%q", what, got, want)
	}
}
