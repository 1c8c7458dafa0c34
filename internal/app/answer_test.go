package app

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// TestALargeMessageThatFindsNoTurnIsAnsweredInSIP has a processor keep large messages until one more is refused.
func TestALargeMessageThatFindsNoTurnIsAnsweredInSIP(t *testing.T) {
	const atOnce = 16 // package dispatch lets in so many
	arrived, release := make(chan struct{}, atOnce), make(chan struct{})
	peer := peertest.Start(t, func(ctx context.Context, req []byte) ([]byte, error) {
		arrived <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return peertest.Echo()(ctx, req)
	})
	conn := grpcConn(t, start(t, Options{}, yamlFor(peer.Addr+"\n      timeout: 60s", "  answerFailures: true")).addr)
	large := func(ref string) *routrpb.MessageRequest {
		req := invite(ref)
		req.Message.Body = strings.Repeat("x", 20<<10)
		return req
	}
	ended := make(chan error, atOnce)
	for range atOnce {
		go func() {
			_, err := process(t.Context(), conn, large("first"))
			ended <- err
		}()
	}
	for range atOnce {
		<-arrived
	}
	answer, err := process(t.Context(), conn, large("second"))
	extensions := answer.GetMessage().GetExtensions()
	if err != nil || answer.GetMessage().GetResponseType() != routrpb.ResponseType_SERVICE_UNAVAILABLE ||
		len(extensions) != 1 || extensions[0].GetName() != "Retry-After" {
		t.Errorf("one too many is answered with %v, %v", answer, err)
	}
	close(release)
	for range atOnce {
		if err := <-ended; err != nil {
			t.Errorf("one that had its turn: %v", err)
		}
	}
}

func TestAMistakeOfOursIsAnsweredInSIP(t *testing.T) {
	a := &App{
		opts: Options{Log: slog.New(slog.DiscardHandler)}, limiter: dispatch.NewLimiter(10, false), transactions: dispatch.NewTransactions(),
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
	table, err := compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a.begin(cfg, &Pipeline{Dispatcher: dispatch.New(dispatch.Params{AnswerFailures: true, Table: table})}) // no processors in it
	request, err := proto.Marshal(invite("call-1"))
	if err != nil {
		t.Fatal(err)
	}
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	t.Cleanup(func() { slog.SetDefault(was) })
	data, err := a.process(t.Context(), request, nil)
	var answer routrpb.MessageResponse
	if err != nil || proto.Unmarshal(data, &answer) != nil || answer.GetMessage().GetResponseType() != routrpb.ResponseType_SERVER_INTERNAL_ERROR {
		t.Errorf("it is answered with %v, %v", &answer, err)
	}
	if n := a.limiter.InFlight(); n != 0 {
		t.Errorf("%d messages in flight afterwards", n)
	}
}
