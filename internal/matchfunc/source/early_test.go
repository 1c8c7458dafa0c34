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
		if e, ok := err.(*Error); line[0] == 'T' && err != nil && !(ok && e.Kind == Refused) {
			t.Logf("not accepted: %s\n%v", code, err)
		}
	}
}
