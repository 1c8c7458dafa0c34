package message

import "slices"

// Answer is what a processor or a middleware answered: a MessageResponse in its wire form.
type Answer struct {
	raw  []byte
	body Object
	sip  Object
}

// Parse checks that data is a well-formed MessageResponse of at most MaxElements that carries a message, and makes a
// that answer, which keeps data. It may have been in use before; its buffers are used again. The error is an *Error or
// a *LimitError.
func (a *Answer) Parse(data []byte) error {
	if err := fits(AnswerSchema, data); err != nil {
		return err
	}
	view, err := check(AnswerSchema, data)
	if err != nil {
		return err
	}
	body := open(AnswerSchema, view, a.body.slots)
	if !body.Has(answerMessage) {
		return &Error{Field: "message", Reason: "is missing"}
	}
	*a = Answer{raw: data, body: body, sip: open(answerMessage.Type, body.Sub(answerMessage), a.sip.slots)}
	return nil
}

// Bytes returns the answer as it came.
func (a *Answer) Bytes() []byte { return a.raw }

// Form returns whether the answer's message is a SIP request or a SIP response, or neither.
func (a *Answer) Form() Form { return form(a.sip) }

// ResponseType returns the status of the answer's message, 0 where that isn't a SIP response.
func (a *Answer) ResponseType() ResponseType { return ResponseType(a.sip.Int(responseTypeField)) }

// Amend returns the request with its message replaced by the answer's, and its metadata too where the answer has
// any: what a middleware's answer does (contract section 3).
func (r *Request) Amend(a *Answer) *Request {
	if a.body.Has(answerMetadata) {
		return r.take(a, messageNumber, metadataNumber)
	}
	return r.take(a, messageNumber)
}

// Replace returns the request with its message, sender and metadata replaced by the answer's: what a processor's
// answer does (contract section 3).
func (r *Request) Replace(a *Answer) *Request {
	return r.take(a, messageNumber, senderNumber, metadataNumber)
}

// Answer returns the wire form of the MessageResponse that the request stands for: its message, sender and metadata,
// followed by extra, the unknown fields of answers that came before.
func (r *Request) Answer(extra []byte) []byte {
	out := make([]byte, 0, len(r.raw)+len(extra))
	out = renumber(out, RequestSchema, r.raw, numbers{senderNumber: 1, messageNumber: 2, metadataNumber: 3},
		dropUnknown)
	return append(out, extra...)
}

// AppendUnknown appends the fields of the answer that MessageResponse doesn't know, as they came.
func (a *Answer) AppendUnknown(out []byte) []byte {
	return renumber(out, AnswerSchema, a.raw, numbers{}, keepUnknown)
}

// take returns a request with its fields of these numbers (as a request numbers them) replaced by the answer's.
func (r *Request) take(a *Answer, replaced ...int32) *Request {
	kept, taken := numbers{}, numbers{}
	for n := range kept {
		kept[n] = int32(n) // small
	}
	for answers, requests := range (numbers{1: senderNumber, 2: messageNumber, 3: metadataNumber}) {
		if slices.Contains(replaced, requests) {
			kept[requests], taken[answers] = 0, requests
		}
	}
	out := make([]byte, 0, len(r.raw)+len(a.raw))
	out = renumber(out, RequestSchema, r.raw, kept, keepUnknown)
	out = renumber(out, AnswerSchema, a.raw, taken, dropUnknown)
	return trusted(out)
}

// The fields that requests and answers share, as a request numbers them.
const (
	senderNumber   int32 = 4
	messageNumber  int32 = 8
	metadataNumber int32 = 9
)

// numbers says under which number a field is copied, by the number that it has; 0 leaves it out.
type numbers [10]int32

const (
	keepUnknown = true
	dropUnknown = false
)

// renumber appends the fields of a checked message of type t to out.
func renumber(out []byte, t *Type, data []byte, to numbers, unknown bool) []byte {
	for len(data) > 0 {
		f, val, n, _ := next(t, data)
		switch {
		case f == nil:
			if unknown {
				out = append(out, data[:n]...)
			}
		case to[f.Number] == f.Number:
			out = append(out, data[:n]...)
		case to[f.Number] != 0:
			out = appendField(out, to[f.Number], val)
		}
		data = data[n:]
	}
	return out
}

// trusted makes a Request of bytes that were put together from checked ones, and so may have more than MaxElements.
func trusted(data []byte) *Request {
	r := new(Request)
	if err := r.parse(data); err != nil {
		panic("message: pieces of checked messages don't make one: " + err.Error())
	}
	return r
}

var (
	answerMessage  = AnswerSchema.Field("message")
	answerMetadata = AnswerSchema.Field("metadata")
)
