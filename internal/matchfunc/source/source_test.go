package source

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

func TestX(t *testing.T) {
	for _, name := range []string{"rules", "hostile", "load_errors"} {
		f, _ := os.Open("/work/shared/matchfunc/" + name + ".jsonl")
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			var r struct{ ID, Source, Yaml, Outcomes, Load string }
			json.Unmarshal(sc.Bytes(), &r)
			_, err := Parse(r.Source)
			if (err == nil) != (r.Load == "function" || r.Load == "") && r.Yaml == "" {
				t.Log(r.ID, r.Source, r.Load, err)
			}
		}
	}
}
