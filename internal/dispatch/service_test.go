package dispatch

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// served is a Service, and what it logged.
type served struct {
	*Service
	log *bytes.Buffer
}

// newService returns a Service whose current epoch is d, with a log of its own, which panics go to, too.
func newService(t testing.TB, d *Dispatcher) served {
	t.Helper()
	decisions, err := decision.NewLog(decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	s := NewService(ServiceParams{
		Limiter: NewLimiter(10, false), Decisions: decisions, Log: logger,
		Metrics: telemetry.NewMetrics(telemetry.Sources{}),
	})
	s.Use(NewEpoch(d, EpochParams{Number: 1, Close: func() {}}))
	was := slog.Default()
	slog.SetDefault(logger)
	t.Cleanup(func() { slog.SetDefault(was); s.Close() })
	return served{s, &log}
}

func TestAPanicCostsOneMessage(t *testing.T) {
	s := newService(t, nil)
	answer, err := s.Process(t.Context(), wire(request(sipRequest()))(), nil)
	if answer != nil || err == nil || err.Error() != "the dispatcher failed on this message" {
		t.Errorf("got %q, %v", answer, err)
	}
	if !strings.Contains(s.log.String(), "service_test.go") {
		t.Errorf("the log doesn't say where: %s", s.log)
	}
	if n := s.Limiter.InFlight(); n != 0 {
		t.Errorf("%d messages in flight afterwards", n)
	}
}

func TestAMistakeOfOursIsAnsweredInSIP(t *testing.T) {
	table := routing.New([]routing.Rule{rule(t, stop{ref: "a"})}, routing.Options{})
	s := newService(t, New(Params{AnswerFailures: true, Table: table})) // no processors in it
	data, err := s.Process(t.Context(), wire(request(sipRequest()))(), nil)
	var answer routrpb.MessageResponse
	if err != nil || proto.Unmarshal(data, &answer) != nil ||
		answer.GetMessage().GetResponseType() != routrpb.ResponseType_SERVER_INTERNAL_ERROR {
		t.Errorf("it is answered with %v, %v", &answer, err)
	}
	if n := s.Limiter.InFlight(); n != 0 {
		t.Errorf("%d messages in flight afterwards", n)
	}
}
