package panics

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

func TestAPanicIsCountedLoggedAndCut(t *testing.T) {
	var said bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	t.Cleanup(func() { slog.SetDefault(was) })
	before := Count()
	var all sync.WaitGroup
	all.Go(func() {
		defer Caught("look at the weather")
		panic(strings.Repeat("é", 5000))
	})
	all.Wait()
	if Do("count", func() { panic("again") }) || !Do("count", func() {}) {
		t.Error("Do doesn't tell a panic from none")
	}
	if n := Count() - before; n != 2 {
		t.Errorf("%d panics are counted", n)
	}
	text := said.String()
	if !strings.Contains(text, `doing="look at the weather"`) ||
		!strings.Contains(text, "TestAPanicIsCountedLoggedAndCut") ||
		strings.Count(text, "é") != maxValue/len("é") {
		t.Errorf("the log says %s", text)
	}
}
