package backend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// call is what is known of a call.
type call struct {
	backend  *Backend
	caller   context.Context // lives as long as the call
	req      *message.Request
	start    time.Time
	begun    time.Time // after it was held
	limit    time.Duration
	hurried  bool        // the limit is the caller's, not the backend's
	answered atomic.Bool // the backend itself ended the attempt with a status
	replied  atomic.Bool // the backend began to answer the attempt

	headers headers

	instance *instance            // that is being called, or was last
	link     *link                // its connection
	sent     atomic.Pointer[link] // the connection on which its stream began
	at       bool                 // the call is in flight there
	entered  bool                 // this attempt has been given an instance
	since    time.Time            // when it was given the attempt
	left     time.Time            // when the last attempt ended
	made     int                  // attempts that were given an instance
	tried    []*instance          // by earlier attempts, but for those that will take it
	drained  int                  // attempts that ended with a connection that was announced to end
}

// enter gives an attempt its instance. An attempt whose instance loses its connection in that moment is given
// another one.
func (c *call) enter(i *instance, l *link, now time.Time) {
	c.leave(nothing)
	if !c.entered {
		c.entered = true
		c.made++
	}
	c.instance, c.link, c.at, c.since = i, l, true, now
	i.inFlight.Add(1)
}

// leave ends the attempt at an instance.
func (c *call) leave(o outcome) {
	if c.at {
		c.at = false
		c.instance.inFlight.Add(-1)
		if o == success || o == broken {
			c.link.answers()
		}
		now := time.Now()
		c.left = now
		if o == success || c.answered.Load() {
			c.instance.latency.add(now, now.Sub(c.since))
		}
		var who suspect
		if o == broken || o == unavailable {
			who = c.suspect()
			if !c.strict() {
				o = blameless
			}
		}
		c.backend.fleet.judge(c.instance, o, who, now)
	}
}

// attempt begins an attempt. grpc-go makes further ones by itself where the first was never processed.
func (c *call) attempt(again bool) {
	c.answered.Store(false)
	c.replied.Store(false)
	if again && c.entered {
		c.again()
	}
	c.entered = false
}

// where names the instance that was called last, for the operator.
func (c *call) where(text string) string {
	if c.instance == nil {
		return text
	}
	return c.instance.addr + ": " + text
}

// classify tells the ways apart in which a call fails (contract section 4).
func (c *call) classify(err error) *status.Error {
	s := grpcstatus.Convert(err)
	who := fmt.Sprintf("%s ref = %s", c.backend.opts.Role, c.backend.opts.Ref)
	switch {
	case errors.Is(c.caller.Err(), context.Canceled):
		return &status.Error{Code: status.Canceled, Message: "the caller went away while " + who + " was being called"}
	case c.refusedHeaders(err):
		return c.headers.refuse(who)
	case c.timedOut(s.Code()):
		return &status.Error{
			Code:    status.DeadlineExceeded,
			Message: fmt.Sprintf("%s did not answer within %s", who, c.limit.Round(time.Millisecond)),
			Cause:   c.where(s.Message()),
		}
	case c.answered.Load():
		return &status.Error{Code: status.Code(s.Code()), Message: who + ": " + said(s), Details: details(s)}
	case s.Code() == codes.Unavailable, s.Code() == codes.Canceled:
		return &status.Error{Code: status.Unavailable, Message: who + " is unavailable", Cause: c.where(s.Message())}
	case s.Code() == codes.ResourceExhausted:
		return &status.Error{Code: status.ResourceExhausted, Message: who + ": " + said(s)}
	}
	return &status.Error{
		Code:    status.Internal,
		Message: fmt.Sprintf("%s gave no usable answer: %s", who, s.Message()),
		Cause:   c.where("no gRPC"),
	}
}

// said is what a status says: the name of its code where it has no text.
func said(s *grpcstatus.Status) string {
	if strings.TrimSpace(s.Message()) == "" {
		return status.Code(s.Code()).String()
	}
	return s.Message()
}

// timedOut reports whether time ran out here. A backend that was told the deadline may notice it a moment earlier and
// say so, or hang up.
func (c *call) timedOut(code codes.Code) bool {
	switch code {
	case codes.DeadlineExceeded, codes.Canceled:
		return c.caller.Err() != nil || time.Since(c.begun) >= c.limit-c.limit/20
	}
	return false
}

func details(s *grpcstatus.Status) (all []status.Detail) {
	for _, d := range s.Proto().GetDetails() {
		all = append(all, status.Detail{TypeURL: d.GetTypeUrl(), Value: d.GetValue()})
	}
	return all
}

// endings is a stats handler that tells where an attempt begins, and a status which came from the backend from one that
// grpc-go made up because there was no answer: only the former came in trailers.
type endings struct{}

type callKey struct{}

func (endings) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (endings) HandleRPC(ctx context.Context, event stats.RPCStats) {
	switch e := event.(type) {
	case *stats.Begin:
		if c, ok := ctx.Value(callKey{}).(*call); ok {
			c.attempt(e.IsTransparentRetryAttempt)
		}
	case *stats.OutHeader: // the stream has begun; before, it may have waited for others to end
		if c, ok := ctx.Value(callKey{}).(*call); ok {
			c.sent.Store(c.link)
		}
	case *stats.InHeader:
		if c, ok := ctx.Value(callKey{}).(*call); ok {
			c.replied.Store(true)
		}
	case *stats.InTrailer:
		if c, ok := ctx.Value(callKey{}).(*call); ok {
			c.answered.Store(true)
		}
	}
}

func (endings) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (endings) HandleConn(context.Context, stats.ConnStats) {}
