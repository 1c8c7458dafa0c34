package dispatch

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	l := newMessageLog(slog.New(slog.NewTextHandler(&log, nil)), mask, 0)
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
	l := newMessageLog(slog.New(slog.NewJSONHandler(&log, nil)), nil, 0)
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
		l := newMessageLog(telemetry.NewLogger(&out, least, false), nil, 0)
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

// The access log has all messages of a call, or none, of as large a share of the calls as was asked for.
func TestTheAccessLogHasWholeCalls(t *testing.T) {
	for share, want := range map[float64][2]int{0: {0, 0}, 0.2: {300, 500}, 1: {2000, 2000}} {
		var out bytes.Buffer
		l := newMessageLog(slog.New(slog.NewJSONHandler(&out, nil)), nil, share)
		lines := map[string]int{}
		for n := range 2000 { // 400 of them, give or take 5 standard deviations
			rec := &decision.Record{Epoch: 1, CallID: fmt.Appendf(nil, "call-%d", n), Trace: "abc"}
			for range 2 {
				l.handled = telemetry.NewRation(messagesPerSecond) // so that none is left out
				l.done(t.Context(), rec)
			}
		}
		for line := range strings.Lines(out.String()) {
			var said struct{ Msg, CallID, TraceID string }
			if err := json.Unmarshal([]byte(line), &said); err != nil || said.TraceID != "abc" {
				t.Fatalf("%v: %s", err, line)
			}
			lines[said.CallID]++
		}
		if got := len(lines); got < want[0] || got > want[1] {
			t.Errorf("with %v, %d of 2000 calls are in the log, want %v", share, got, want)
		}
		for call, n := range lines {
			if n != 2 {
				t.Errorf("with %v, %s has %d of 2 lines", share, call, n)
			}
		}
	}
}
