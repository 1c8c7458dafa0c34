package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestAPanicCostsOneMessage(t *testing.T) {
	var log bytes.Buffer
	a := &App{opts: Options{Log: slog.New(slog.NewJSONHandler(&log, nil))}, pipeline: &Pipeline{}} // no Dispatcher in it
	answer, err := a.process(t.Context(), nil, nil)
	if answer != nil || err == nil || err.Error() != "the dispatcher failed on this message" {
		t.Errorf("got %q, %v", answer, err)
	}
	if !strings.Contains(log.String(), "process_test.go") {
		t.Errorf("the log doesn't say where: %s", &log)
	}
}

func TestAFloodOfFailuresIsCountedRatherThanLogged(t *testing.T) {
	var l failureLog
	for i := range failuresPerSecond {
		if left, ok := l.take(100); !ok || left != 0 {
			t.Fatalf("failure %d: logged %t, left out %d", i, ok, left)
		}
	}
	for range 3 {
		if _, ok := l.take(100); ok {
			t.Fatal("a failure over the limit is logged")
		}
	}
	if left, ok := l.take(101); !ok || left != 3 {
		t.Errorf("in the next second: logged %t, left out %d, want 3", ok, left)
	}
	if left, ok := l.take(101); !ok || left != 0 {
		t.Errorf("after that: logged %t, left out %d, want 0", ok, left)
	}
}
