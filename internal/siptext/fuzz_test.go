package siptext_test

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/internal/siptext"
	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/proto"
)

// FuzzParse promises for any text: a request that marshals, of a known method, or an error whose
// text is valid UTF-8; never both, and no panic.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(txtar.Parse(data).Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		req, err := siptext.Parse(text, siptext.Options{})
		if (req == nil) == (err == nil) {
			t.Fatalf("got request %v and error %v", req, err)
		}
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Fatalf("the error isn't UTF-8: %q", err)
			}
			return
		}
		if _, err := proto.Marshal(req); err != nil {
			t.Fatal(err)
		}
		if req.GetMethod() == 0 || req.GetRef() == "" || req.GetMessage().GetMessageType() == nil || req.GetSender() == nil {
			t.Fatalf("the request is incomplete: %v", req)
		}
	})
}
