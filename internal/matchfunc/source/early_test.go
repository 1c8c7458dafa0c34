package source

import (
	"os"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

func TestEarlyErrorsAreV8s(t *testing.T) {
	data, err := os.ReadFile("testdata/early.txt.v8")
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		code := line[2:]
		if !strings.ContainsAny(code, "\"'`/") {
			code = strings.ReplaceAll(code, `\n`, "\n")
		}
		s, err := Parse(code)
		if err == nil {
			_, err = goja.CompileAST(s.Program, true)
		}
		if line[0] == 'F' && err == nil {
			t.Errorf("accepted: %s", code)
		}
		if line[0] == 'T' && err == nil {
			taken++
		}
	}
	if taken < 130 {
		t.Errorf("only %d of the sources that V8 takes are taken", taken)
	}
}
