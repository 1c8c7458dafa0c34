package siptext_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
)

var update = flag.Bool("update", false, "rewrite the expected results in testdata")

// TestGoldens reads each message of testdata, with the line ends of a text file and with those of
// the wire, and compares with what stands behind it: want.json, or the problems in want.txt.
func TestGoldens(t *testing.T) {
	for _, dir := range []string{"testdata/flows", "testdata/torture"} {
		files, err := filepath.Glob(dir + "/*.txtar")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
		}
	}
}

func golden(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(archive.Files[0].Data)
	got, err := siptext.Parse(text, siptext.Options{})
	if *update {
		archive.Files = append(archive.Files[:1], wanted(t, got, err))
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	compare(t, archive.Files[1], got, err)
	got, err = siptext.Parse(strings.ReplaceAll(text, "\n", "\r\n"), siptext.Options{})
	compare(t, archive.Files[1], got, err)
}

func wanted(t *testing.T, got *routrpb.MessageRequest, err error) txtar.File {
	if err != nil {
		return txtar.File{Name: "want.txt", Data: []byte(err.Error() + "\n")}
	}
	data, err := protojson.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer // protojson's own white space differs from run to run
	if err := json.Indent(&indented, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	return txtar.File{Name: "want.json", Data: indented.Bytes()}
}

func compare(t *testing.T, want txtar.File, got *routrpb.MessageRequest, err error) {
	t.Helper()
	if want.Name == "want.txt" {
		if err == nil {
			t.Fatalf("no error, want:\n%s", want.Data)
		}
		if diff := cmp.Diff(string(want.Data), err.Error()+"\n"); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	expected := &routrpb.MessageRequest{}
	if err := protojson.Unmarshal(want.Data, expected); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(expected, got, protocmp.Transform()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}
