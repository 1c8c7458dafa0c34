package dispatch

import (
	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// sipStatus is a status of a SIP response, with the words that RFC 3261 section 21 gives it.
type sipStatus struct {
	number routrpb.ResponseType
	reason string
}

// AnswerFailure returns the MessageResponse that an EdgePort gets instead of an error, where the configuration asks for
// that (contract section 7), and the name of its status. It reports false where the error stays one: the message is a
// SIP response or an ACK, which nobody answers, or the caller is gone.
func (d *Dispatcher) AnswerFailure(req *message.Request, e *backend.Error) (answer []byte, status string, ok bool) {
	ack := req.Method() == message.Method(routrpb.Method_ACK)
	if !d.AnswerFailures || ack || req.Form() != message.SIPRequest || e.Code == backend.Canceled {
		return nil, "", false
	}
	s := d.sipStatus(req, e)
	return req.Respond(message.ResponseType(s.number), s.reason), s.number.String(), true
}

func (d *Dispatcher) sipStatus(req *message.Request, e *backend.Error) sipStatus {
	switch e.Code {
	case backend.NotFound:
		return d.notFound(req, e)
	case backend.Unavailable, backend.ResourceExhausted:
		return sipStatus{routrpb.ResponseType_SERVICE_UNAVAILABLE, "Service Unavailable"}
	case backend.DeadlineExceeded:
		return sipStatus{routrpb.ResponseType_SERVER_TIMEOUT, "Server Time-out"}
	case backend.PermissionDenied, backend.Unauthenticated: // the latter without a challenge: 401 needs one
		return sipStatus{routrpb.ResponseType_FORBIDDEN, "Forbidden"}
	case backend.Unimplemented:
		return sipStatus{routrpb.ResponseType_NOT_IMPLEMENTED, "Not Implemented"}
	}
	return sipStatus{routrpb.ResponseType_SERVER_INTERNAL_ERROR, "Server Internal Error"}
}

// notFound tells a message that no processor takes from one that a processor found no destination for.
func (d *Dispatcher) notFound(req *message.Request, e *backend.Error) sipStatus {
	switch {
	case !e.Unrouted:
		return sipStatus{routrpb.ResponseType_NOT_FOUND, "Not Found"}
	case d.Table.Lists(req.Method()):
		return sipStatus{routrpb.ResponseType_TEMPORARILY_UNAVAILABLE, "Temporarily Unavailable"}
	}
	return sipStatus{routrpb.ResponseType_METHOD_NOT_ALLOWED, "Method Not Allowed"}
}
