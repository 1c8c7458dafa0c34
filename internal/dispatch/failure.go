package dispatch

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// AnswerFailure returns the MessageResponse that an EdgePort gets instead of an error, where the configuration asks for
// that (contract section 7), and the name of its response type. It reports false where the error stays one:
// the message is a SIP response or an ACK, which nobody answers, or a CANCEL, whose INVITE an EdgePort wouldn't end any
// more, or the caller is gone.
func (d *Dispatcher) AnswerFailure(req *message.Request, e *status.Error) (answer []byte, response string, ok bool) {
	if !d.AnswerFailures || !answered(req) || e.Code == status.Canceled {
		return nil, "", false
	}
	with := d.response(req, e)
	return req.Respond(with), with.Type.String(), true
}

func answered(req *message.Request) bool {
	switch routrpb.Method(req.Method()) {
	case routrpb.Method_ACK, routrpb.Method_CANCEL:
		return false
	}
	return req.Form() == message.SIPRequest
}

// sipAnswer is a SIP response with the words that RFC 3261 section 21 gives it.
func sipAnswer(t routrpb.ResponseType, reason string, extensions ...message.Extension) message.Response {
	return message.Response{Type: message.ResponseType(t), Reason: reason, Extensions: extensions}
}

func (d *Dispatcher) response(req *message.Request, e *status.Error) message.Response {
	switch e.Code {
	case status.NotFound:
		return d.notFound(req, e)
	case status.Unavailable, status.ResourceExhausted:
		return sipAnswer(routrpb.ResponseType_SERVICE_UNAVAILABLE, "Service Unavailable", retryAfter(e)...)
	case status.DeadlineExceeded:
		return sipAnswer(routrpb.ResponseType_SERVER_TIMEOUT, "Server Time-out")
	case status.PermissionDenied, status.Unauthenticated: // the latter without a challenge: 401 needs one
		return sipAnswer(routrpb.ResponseType_FORBIDDEN, "Forbidden")
	case status.Unimplemented:
		return sipAnswer(routrpb.ResponseType_NOT_IMPLEMENTED, "Not Implemented")
	}
	return sipAnswer(routrpb.ResponseType_SERVER_INTERNAL_ERROR, "Server Internal Error")
}

// notFound tells a message that no processor takes from one that a processor found no destination for.
func (d *Dispatcher) notFound(req *message.Request, e *status.Error) message.Response {
	switch {
	case !e.Unrouted:
		return sipAnswer(routrpb.ResponseType_NOT_FOUND, "Not Found")
	case slices.Contains(d.listed, req.Method()):
		return sipAnswer(routrpb.ResponseType_TEMPORARILY_UNAVAILABLE, "Temporarily Unavailable")
	}
	return sipAnswer(routrpb.ResponseType_METHOD_NOT_ALLOWED, "Method Not Allowed", d.allow()...)
}

// allow is the header that a 405 must have (RFC 3261 section 21.4.6), one for each method: an EdgePort makes a header
// of each extension, and doesn't read lists.
func (d *Dispatcher) allow() (headers []message.Extension) {
	for _, m := range d.listed {
		headers = append(headers, message.Extension{Name: "Allow", Value: m.String()})
	}
	return headers
}

// The seconds after which a phone may ask again where we are overloaded: not all at once.
const (
	soonest = 5
	latest  = 10
)

// retryAfter says when to come back (RFC 3261 section 20.33), where too much was in flight here.
func retryAfter(e *status.Error) []message.Extension {
	if !e.Overloaded {
		return nil
	}
	return []message.Extension{{Name: "Retry-After", Value: strconv.Itoa(soonest + rand.IntN(latest-soonest+1))}}
}
