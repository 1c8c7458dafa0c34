package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected problems and the published schema")

// Each file of testdata/bad holds a configuration and the problems as a terminal shows them.
func TestBadFilesShowEveryProblem(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad files: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(archive.Files[0].Name, archive.Files[0].Data)
			if err == nil {
				t.Fatal("no problem found")
			}
			got := err.Error() + "\n"
			if *update {
				archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewErrorIsNilWithoutErrors(t *testing.T) {
	if err := NewError(nil); err != nil {
		t.Errorf("no problems: %v", err)
	}
	if err := NewError([]Problem{{Severity: SeverityWarning}}); err != nil {
		t.Errorf("a warning alone: %v", err)
	}
}

func TestNewErrorSortsByPlaceAndKeepsWarnings(t *testing.T) {
	given := []Problem{
		{Line: 2, Column: 9, Message: "third", Severity: SeverityError, File: "f"},
		{Line: 2, Column: 1, Message: "second", Severity: SeverityWarning, File: "f", Path: "spec"},
		{Message: "first", Severity: SeverityError, File: "f"},
		{Line: 1, Column: 1, Message: "of another file", Severity: SeverityError, File: "e"},
	}
	var err *Error
	if !errors.As(NewError(given), &err) {
		t.Fatal("not an *Error")
	}
	var order []string
	for _, p := range err.Problems {
		order = append(order, p.Message)
	}
	if diff := cmp.Diff([]string{"first", "second", "third", "of another file"}, order); diff != "" {
		t.Error(diff)
	}
	if got, want := err.Problems[1].String(), "f:2:1: warning: spec: second"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if given[0].Message != "third" {
		t.Error("the caller's slice was sorted")
	}
}

func TestReportsAreBounded(t *testing.T) {
	_, err := Parse("big.yaml", []byte("ref: r\nspec:\n  processors:\n"+strings.Repeat("    - 1\n", 5000)))
	var report *Error
	if !errors.As(err, &report) {
		t.Fatal(err)
	}
	if got := len(report.Problems); got != maxProblems+1 {
		t.Errorf("%d problems", got)
	}
	if first := report.Problems[0].Message; first != "only the first 200 problems are shown" {
		t.Errorf("the report doesn't say that it was cut, but %q", first)
	}
}
