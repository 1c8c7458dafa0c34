package decision

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Entry is a record as people and other programs see it: nothing in it is secret.
type Entry struct {
	ID         string      `json:"id"`
	Time       time.Time   `json:"time"` // when the message came in
	Epoch      uint64      `json:"epoch"`
	CallID     string      `json:"callId"`
	Method     string      `json:"method"`
	Kind       string      `json:"kind"` // request or response
	EdgePort   string      `json:"edgePort"`
	Processor  string      `json:"processor"` // empty for none
	RulesTried int         `json:"rulesTried"`
	Code       string      `json:"code"` // of gRPC, such as NOT_FOUND
	Error      string      `json:"error"`
	Answered   string      `json:"answered"`   // the SIP response type given instead of the error; empty for none
	Shared     bool        `json:"shared"`     // a retransmission that got the answer of the request in flight
	SharedWith string      `json:"sharedWith"` // the id of that one's decision, once it is there; else empty
	DurationNs int64       `json:"durationNs"` // until the answer, or the failure
	MatchNs    int64       `json:"matchNs"`    // of it in the rules
	Durations  Durations   `json:"durations"`  // the same, by older names, without their unit
	Calls      []EntryCall `json:"calls"`

	RequestURI   string `json:"requestUri"` // user@host:port, as from and to; empty for a response
	From         string `json:"from"`
	To           string `json:"to"`
	CSeq         string `json:"cseq"`
	ResponseType string `json:"responseType"` // of a response, such as RINGING
	Sender       string `json:"sender"`       // host:port/transport that the EdgePort got it from
	Branch       string `json:"branch"`       // a hash of the top Via's branch: equal ones are one transaction's
	UserAgent    string `json:"userAgent"`
	Rule         *int32 `json:"rule"`       // index of the rule that took it; null for none
	FailedRule   string `json:"failedRule"` // ref of the last rule that failed on it, skipped or not
	// what the EdgePort got: message (to be sent on), or a SIP response's type; empty for none
	Answer      string   `json:"answer"`
	ChangedBy   []string `json:"changedBy"` // refs of the middlewares that made another message of it
	MessageKept bool     `json:"messageKept"`
	Replica     string   `json:"replica,omitempty"` // the dispatcher of a fleet that made it; empty without a fleet
	Way         string   `json:"way"`               // through the process: ordinary or relay

	// Message is the JSON view that rules see, masked; empty where it wasn't kept or isn't a well-formed message.
	Message json.RawMessage `json:"message,omitempty"`
}

// Durations says how long a message took, in nanoseconds.
type Durations struct {
	Total int64            `json:"total"`
	Match int64            `json:"match"`
	Calls map[string]int64 `json:"calls"` // by ref; two calls to the same one are summed up
}

// EntryCall is one call to a middleware or a processor, with all its attempts.
type EntryCall struct {
	Ref        string `json:"ref"`
	Addr       string `json:"addr"`
	Role       string `json:"role"`
	Code       string `json:"code"`
	DurationNs int64  `json:"durationNs"`
	Attempts   int    `json:"attempts"`
	Skipped    bool   `json:"skipped"` // it failed, and the message went on (onError: skip)
}

// Request returns the entry's message in its wire form, masked as it is.
func (e Entry) Request() ([]byte, error) { return message.RequestFromJSON(e.Message) }

// entry encodes the record with number n; its message is left to withMessage.
func (l *Log) entry(n uint64, r *Record) Entry {
	e := Entry{
		ID:         l.id(n),
		Time:       r.Time.UTC(),
		Epoch:      r.Epoch,
		CallID:     l.mask.Ref(r.CallID),
		Method:     r.Method.String(),
		Kind:       r.Kind(),
		EdgePort:   l.mask.EdgePort(r.EdgePort),
		Processor:  r.Processor,
		RulesTried: r.RulesTried,
		Code:       r.Code.String(),
		Error:      r.Error,
		Answered:   r.Answered,
		Shared:     r.Shared,
		DurationNs: int64(r.Total),
		MatchNs:    int64(r.Match),
		Durations:  Durations{int64(r.Total), int64(r.Match), make(map[string]int64, len(r.Calls))},
		Calls:      make([]EntryCall, 0, len(r.Calls)),
		ChangedBy:  []string{},
		Replica:    l.replica,
		Way:        "ordinary",
	}
	if r.Relayed {
		e.Way = "relay"
	}
	h := l.mask.head(&r.head)
	e.RequestURI, e.From, e.To, e.CSeq = h.requestURI, h.from, h.to, h.cseq
	e.Sender, e.Branch, e.UserAgent = h.sender, h.branch, h.userAgent
	e.FailedRule, e.Answer, e.MessageKept = r.FailedRule, cmp.Or(r.Answered, r.Answer.String()), r.Request != nil
	if r.Response {
		e.ResponseType = r.head.responseType.String()
	}
	if r.Shared {
		e.SharedWith = l.sharedWith(n, r)
	}
	if r.rule > 0 {
		index := r.rule - 1
		e.Rule = &index
	}
	for _, c := range r.Calls {
		if c.Changed {
			e.ChangedBy = append(e.ChangedBy, c.Ref)
		}
		e.Durations.Calls[c.Ref] += int64(c.Duration)
		code := c.Code.String()
		e.Calls = append(e.Calls, EntryCall{c.Ref, c.Addr, c.Role, code, int64(c.Duration), c.Attempts, c.Skipped})
	}
	return e
}

// withMessage is entry with the message where it was kept.
func (l *Log) withMessage(n uint64, r *Record) Entry {
	e := l.entry(n, r)
	if r.Request != nil {
		if view, err := l.mask.JSON(r.Request); err == nil {
			e.Message = view
		}
	}
	return e
}
