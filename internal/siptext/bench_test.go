package siptext_test

import (
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/siptext"
	"golang.org/x/tools/txtar"
)

func BenchmarkParse(b *testing.B) {
	archive, err := txtar.ParseFile("testdata/flows/invite-sdp.txtar")
	if err != nil {
		b.Fatal(err)
	}
	text := string(archive.Files[0].Data)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := siptext.Parse(text, siptext.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
