package app

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// seen is what the admin API says of rules, and of what came in.
type seen struct {
	Epoch int
	Rules []struct {
		Ref  string
		Hits int
	}
	Series struct{ Messages []int }
	Epochs []struct{ Epoch int }
}

func (s *served) seen(t *testing.T, page string) (got seen) {
	t.Helper()
	code, text := s.get(t, page)
	if err := json.Unmarshal([]byte(text), &got); code != 200 || err != nil {
		t.Fatalf("%d %s: %v", code, text, err)
	}
	return got
}

func TestWhatRulesDidIsCountedOverReloads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	text := yamlFor(peertest.Start(t, named("a")).Addr)
	write(t, path, text)
	s := serveFile(t, path)
	c := s.client(t)
	c.by(t, "call-1")
	write(t, path, "a file that can't be used")
	if _, err := s.Reload(t.Context(), "test"); err == nil {
		t.Fatal("it is used")
	}
	c.by(t, "call-2")
	write(t, path, text+"# another epoch\n")
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	c.by(t, "call-3")
	if got := s.seen(t, "/api/v1/rules"); len(got.Rules) != 1 || got.Rules[0].Hits != 3 || got.Epoch != 2 {
		t.Errorf("%+v", got)
	}
	eventually(t, "the seconds of the messages are over", func() bool {
		sum := 0
		for _, n := range s.seen(t, "/api/v1/stats").Series.Messages {
			sum += n
		}
		return sum == 3
	})
	if epochs := s.seen(t, "/api/v1/stats").Epochs; len(epochs) != 2 || epochs[1].Epoch != 2 {
		t.Errorf("%+v", epochs)
	}
}
