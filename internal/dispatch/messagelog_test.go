package dispatch

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

func TestTheLogShowsNoCredentials(t *testing.T) {
	var log strings.Builder
	mask, err := decision.NewMask([]string{"edgePortRef"})
	if err != nil {
		t.Fatal(err)
	}
	l := newMessageLog(slog.New(slog.NewTextHandler(&log, nil)), mask)
	l.failed(t.Context(), &decision.Record{
		Code: status.Unavailable, Error: "no luck",
		Epoch: 1, CallID: []byte("sip:a:hunter2@h"), EdgePort: []byte("hunter2"),
		Cause: "dial https://a:hunter2@h: refused",
	})
	if strings.Contains(log.String(), "hunter2") || strings.Count(log.String(), "***") != 3 {
		t.Error(log.String())
	}
}

func TestALineInTheLogHasABound(t *testing.T) {
	var log bytes.Buffer
	l := newMessageLog(slog.New(slog.NewJSONHandler(&log, nil)), nil)
	long := strings.Repeat("忙", 1<<20)
	l.failed(t.Context(), &decision.Record{
		Epoch: 1, Code: status.NotFound, Error: long, Cause: long, CallID: []byte(long), EdgePort: []byte(long),
	})
	if log.Len() > 4<<10 || !strings.Contains(log.String(), "忙…") || strings.Contains(log.String(), "\ufffd") {
		t.Errorf("a line of %d bytes: %.3000s", log.Len(), &log)
	}
}

func TestVerboseLogsALineAMessageWithinBounds(t *testing.T) {
	for level, want := range map[string]int{
		"info": 0, "http": messagesPerSecond, "verbose": messagesPerSecond, "debug": messagesPerSecond,
	} {
		least, err := telemetry.Level(level)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		l := newMessageLog(telemetry.NewLogger(&out, least, false), nil)
		second := int64(1)
		l.handled.Second = func() int64 { return second }
		l.failures.Second = l.handled.Second
		rec := &decision.Record{
			Epoch: 1, CallID: []byte("call-1"), EdgePort: []byte("edge"), Processor: "im", Total: 1500,
		}
		for range messagesPerSecond + 7 {
			l.done(t.Context(), rec)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%s: %d lines, want %d", level, got, want)
			continue
		}
		if want == 0 {
			continue
		}
		var line struct {
			Level, Msg, Processor, CallID, EdgePort, Kind string
			DurationNs                                    int64
		}
		if err := json.Unmarshal([]byte(lines[0]), &line); err != nil ||
			line.Level != "VERBOSE" || line.Msg != "a message was answered" ||
			line.Processor != "im" || line.CallID != "call-1" || line.EdgePort != "edge" || line.Kind != "request" ||
			line.DurationNs != 1500 {
			t.Errorf("%s: %s, %v", level, lines[0], err)
		}
		out.Reset()
		second++
		l.told(t.Context())
		if !strings.Contains(out.String(), `"messagesNotLogged":7`) {
			t.Errorf("%s: what was left out isn't told: %s", level, &out)
		}
	}
}
