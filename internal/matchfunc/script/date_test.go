package script

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"
)

// TestLocalTimeIsV8s holds dates in local time, around the changes of clocks, against V8's answers.
func TestLocalTimeIsV8s(t *testing.T) {
	was := time.Local
	t.Cleanup(func() { time.Local = was })
	reqs, _ := requests(t)
	type answers struct {
		Expressions []string
		Zone        string
		Answers     []string
	}
	all := lines[answers](t, "testdata/localtime.jsonl")
	for _, a := range all[1:] {
		zone, err := time.LoadLocation(a.Zone)
		if err != nil {
			t.Fatal(err)
		}
		time.Local = zone
		for i, e := range all[0].Expressions {
			p, err := compileText("req => String("+e+")", corpusTimeout)
			if err != nil {
				t.Fatalf("%s: %v", e, err)
			}
			got, err := value(p, reqs[0])
			var f *EvalError
			if errors.As(err, &f) {
				got = f.Name
			}
			if got != a.Answers[i] {
				t.Errorf("%s: %s: got %s (%v), V8 says %s", a.Zone, e, got, err, a.Answers[i])
			}
		}
	}
}
