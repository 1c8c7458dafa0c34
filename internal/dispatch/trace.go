package dispatch

import (
	"net"
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// traced ends the span of a message with what became of it. What is masked for people is masked here, too.
func (l *life) traced() {
	rec, mask := &l.rec, l.service.Decisions.Mask()
	if l.span.On() && rec.Epoch > 0 { // it could be read
		l.span.Say(
			telemetry.Attribute{Name: "sip.call_id", Text: mask.Ref(rec.CallID)},
			telemetry.Attribute{Name: "sip.method", Text: rec.Method.String()},
			telemetry.Attribute{Name: "sip.kind", Text: rec.Kind()},
			telemetry.Attribute{Name: "routr.edge_port", Text: mask.EdgePort(rec.EdgePort)},
			telemetry.Attribute{Name: "routr.epoch", Int: int64(rec.Epoch)},
		)
		if rec.Processor != "" {
			l.span.Say(
				telemetry.Attribute{Name: "routr.processor", Text: rec.Processor},
				telemetry.Attribute{Name: "routr.rule", Int: int64(rec.Rule())},
			)
		}
		if rec.Answered != "" {
			l.span.Say(telemetry.Attribute{Name: "routr.answered", Text: rec.Answered})
		}
	}
	l.span.End(int(rec.Code), oursToMend(rec.Code), mask.Text(rec.Error, nil))
	l.span = telemetry.Span{}
}

// oursToMend reports whether a code is an error of a server by OpenTelemetry's conventions for gRPC, rather than of who
// called it.
func oursToMend(c status.Code) bool {
	switch c {
	case status.Unknown, status.DeadlineExceeded, status.Unimplemented, status.Internal, status.Unavailable,
		status.DataLoss:
		return true
	}
	return false
}

// tracedCall ends the span of a call.
func tracedCall(span telemetry.Span, to *backend.Backend, r *Reply) {
	code := status.CodeOf(r.Err)
	why := ""
	if span.On() {
		span.Say(
			telemetry.Attribute{Name: "routr.ref", Text: to.Ref()},
			telemetry.Attribute{Name: "routr.role", Text: string(to.Role())},
			telemetry.Attribute{Name: "routr.attempts", Int: int64(r.Made.Attempts)},
		)
		if host, port, err := net.SplitHostPort(r.Made.Addr); err == nil {
			n, _ := strconv.ParseInt(port, 10, 64) // a named port says nothing more
			span.Say(
				telemetry.Attribute{Name: "server.address", Text: host},
				telemetry.Attribute{Name: "server.port", Int: n},
			)
		}
		if r.Err != nil {
			why = r.Err.Error()
		}
	}
	span.End(int(code), code != status.OK, why)
}
