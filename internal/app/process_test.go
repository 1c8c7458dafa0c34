package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

func TestAPanicCostsOneMessage(t *testing.T) {
	var log bytes.Buffer
	a := &App{
		opts: Options{Log: slog.New(slog.NewJSONHandler(&log, nil))}, limiter: dispatch.NewLimiter(10, false),
		transactions: dispatch.NewTransactions(),
	}
	a.log = newMessageLog(a.opts.Log)
	var err error
	if a.decisions, err = decision.NewLog(decision.Options{}); err != nil {
		t.Fatal(err)
	}
	a.metrics = telemetry.NewMetrics(a.sources())
	cfg, err := config.Parse("dispatcher.yaml", []byte(yamlFor("127.0.0.1:1")))
	if err != nil {
		t.Fatal(err)
	}
	a.begin(cfg, &Pipeline{}) // no Dispatcher in it
	request, err := proto.Marshal(invite("call-1"))
	if err != nil {
		t.Fatal(err)
	}
	was := slog.Default()
	slog.SetDefault(a.opts.Log)
	t.Cleanup(func() { slog.SetDefault(was) })
	answer, err := a.process(t.Context(), request, nil)
	if answer != nil || err == nil || err.Error() != "the dispatcher failed on this message" {
		t.Errorf("got %q, %v", answer, err)
	}
	if !strings.Contains(log.String(), "process_test.go") {
		t.Errorf("the log doesn't say where: %s", &log)
	}
	if n := a.limiter.InFlight(); n != 0 {
		t.Errorf("%d messages in flight afterwards", n)
	}
}

func TestTheLogShowsNoCredentials(t *testing.T) {
	var log strings.Builder
	mask, err := decision.NewMask([]string{"edgePortRef"})
	if err != nil {
		t.Fatal(err)
	}
	l := newMessageLog(slog.New(slog.NewTextHandler(&log, nil)))
	l.mask = mask
	l.failed(t.Context(), &decision.Record{
		Code: status.Unavailable, Error: "no luck",
		Epoch: 1, CallID: []byte("sip:a:hunter2@h"), EdgePort: []byte("hunter2"), Cause: "dial https://a:hunter2@h: refused",
	})
	if strings.Contains(log.String(), "hunter2") || strings.Count(log.String(), "***") != 3 {
		t.Error(log.String())
	}
}

func TestAFloodOfFailuresIsCountedRatherThanLogged(t *testing.T) {
	l := bounded{most: failuresPerSecond}
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

func TestALineInTheLogHasABound(t *testing.T) {
	var log bytes.Buffer
	l := newMessageLog(slog.New(slog.NewJSONHandler(&log, nil)))
	long := strings.Repeat("忙", 1<<20)
	l.failed(t.Context(), &decision.Record{
		Epoch: 1, Code: status.NotFound, Error: long, Cause: long, CallID: []byte(long), EdgePort: []byte(long),
	})
	if log.Len() > 4<<10 || !strings.Contains(log.String(), "忙…") || strings.Contains(log.String(), "\ufffd") {
		t.Errorf("a line of %d bytes: %.3000s", log.Len(), &log)
	}
}
