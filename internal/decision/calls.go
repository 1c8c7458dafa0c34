package decision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// CallRow is what is kept of the messages of one Call-ID, in a row.
type CallRow struct {
	CallID       string    `json:"callId"`
	State        CallState `json:"state"`
	First        time.Time `json:"first"` // when the first of its messages that is kept came in
	Last         time.Time `json:"last"`
	LastID       string    `json:"lastId"` // the decision on the last one
	From         string    `json:"from"`
	To           string    `json:"to"`
	Method       string    `json:"method"` // of the first one
	Messages     int       `json:"messages"`
	Failed       int       `json:"failed"`
	Code         string    `json:"code"`         // of the last message that failed; OK for none
	Error        string    `json:"error"`        // likewise; empty for none
	FailedRule   string    `json:"failedRule"`   // likewise
	FirstFailure *Failure  `json:"firstFailure"` // what went wrong first; null where nothing did
	Processors   []string  `json:"processors"`   // that got its messages
	LastResponse string    `json:"lastResponse"` // type of the last SIP response, of the other side's or a processor's
	// Types of the responses to its INVITE that failed, so that nobody heard them: each once, the first one first.
	LostResponses []string `json:"lostResponses"`
}

// maxLostResponses bounds CallRow.LostResponses.
const maxLostResponses = 8

// Failure is a message that failed, and what it failed of.
type Failure struct {
	Method       string `json:"method"`
	ResponseType string `json:"responseType"` // empty for a request
	Code         string `json:"code"`
	Error        string `json:"error"`
	FailedRule   string `json:"failedRule"`
	Nobody       bool   `json:"nobody"` // no rule takes it, and nothing else went wrong
}

// CallState is how far a call got.
type CallState string

// The states of a call. One of which a message failed is CallFailed, whatever else became of it.
const (
	CallFailed    CallState = "failed"    // a message of it failed
	CallRefused   CallState = "refused"   // the last final response was none of success
	CallCancelled CallState = "cancelled" // by who called
	CallEnded     CallState = "ended"     // a BYE came
	CallAnswered  CallState = "answered"
	CallRinging   CallState = "ringing" // or it makes progress otherwise
	CallPending   CallState = "pending" // nothing came back yet, or a challenge
)

// callStates are the states, in the order in which people look for them.
var callStates = []CallState{
	CallFailed, CallRefused, CallCancelled, CallEnded, CallAnswered, CallRinging, CallPending,
}

// CallPage is a part of the calls that the log knows of.
type CallPage struct {
	Calls   []CallRow // the one with the newest message first
	More    bool
	Scanned int // records that were looked at
}

// Calls returns the calls of which a message passes q's filter, and which are in one of states. Those in the row are
// all that the ring has. The error says which value makes no sense.
func (l *Log) Calls(q Query, states []string) (p CallPage, err error) {
	takes, err := InStates(states)
	if err != nil {
		return p, err
	}
	w, err := l.walk(q)
	if err != nil {
		return p, err
	}
	before := w.before
	w.before, w.filter = l.end(), nil
	g := gathering{log: l, filter: q.Filter, byID: map[string]*gathered{}}
	for r := range w.all(l) { // the newest first
		g.add(r)
	}
	p.Calls, p.Scanned = []CallRow{}, w.scanned
	for _, c := range g.order {
		if !c.passes || c.last >= before || !takes(c.state()) {
			continue
		}
		if p.More = len(p.Calls) == w.limit; p.More {
			break
		}
		p.Calls = append(p.Calls, c.shown(l))
	}
	return p, nil
}

// InStates reads the states that calls are to be in; one behind a ! is one that they aren't to be in. Without any, all
// are taken. The error says which makes no sense.
func InStates(texts []string) (takes func(CallState) bool, err error) {
	var wanted choice[CallState]
	for _, text := range texts {
		if err := wanted.read(text, stateOf); err != nil {
			return nil, &FilterError{"state", err.Error()}
		}
	}
	return wanted.takes, nil
}

// Beside adds what another process knows of the same call: who calls whom is as the first message said, and how far it
// got as the one says that knows most.
func (c CallRow) Beside(o CallRow) CallRow {
	first, second := c, o
	if o.First.Before(c.First) {
		first, second = o, c
	}
	earlier, last := second, first
	if second.Last.After(first.Last) {
		earlier, last = first, second
	}
	sum := first
	sum.Last, sum.LastID, sum.State = last.Last, last.LastID, foremost(c.State, o.State)
	sum.Messages, sum.Failed = c.Messages+o.Messages, c.Failed+o.Failed
	sum.LastResponse = cmp.Or(last.LastResponse, earlier.LastResponse)
	failed := last
	if last.Failed == 0 {
		failed = earlier
	}
	sum.Code, sum.Error, sum.FailedRule = failed.Code, failed.Error, failed.FailedRule
	if f := second.FirstFailure; f != nil && (sum.FirstFailure == nil || sum.FirstFailure.Nobody && !f.Nobody) {
		sum.FirstFailure = f
	}
	sum.Processors = slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Processors, o.Processors))))
	sum.LostResponses = slices.Clone(first.LostResponses)
	for _, of := range second.LostResponses {
		if !slices.Contains(sum.LostResponses, of) && len(sum.LostResponses) < maxLostResponses {
			sum.LostResponses = append(sum.LostResponses, of)
		}
	}
	return sum
}

// byWeight are the states, those first that stand whatever else another process saw.
var byWeight = []CallState{
	CallFailed, CallEnded, CallAnswered, CallCancelled, CallRefused, CallRinging, CallPending,
}

// foremost is the state of the two that stands. One that isn't known here is none of them.
func foremost(a, b CallState) CallState {
	i, j := slices.Index(byWeight, a), slices.Index(byWeight, b)
	if i < 0 || j >= 0 && j < i {
		return b
	}
	return a
}

func stateOf(text string) (CallState, error) {
	if !slices.Contains(callStates, CallState(text)) {
		return "", fmt.Errorf("no state is called %.64q; failed is one", text)
	}
	return CallState(text), nil
}

// gathering makes rows of records that come newest first.
type gathering struct {
	log    *Log
	filter *Filter
	byID   map[string]*gathered
	order  []*gathered // that with the newest record first
}

// gathered is a row in the making.
type gathered struct {
	first      numbered // a copy of the oldest so far
	last       uint64   // number
	lastAt     time.Time
	row        CallRow
	final      message.ResponseType // of the last final response; 0 for none
	provision  message.ResponseType // of the last other one
	bye        bool
	cancel     bool
	passes     bool // one of its messages passes the filter
	processors map[string]bool
}

func (g *gathering) add(r *numbered) {
	c := g.byID[string(r.rec.CallID)]
	if c == nil {
		c = &gathered{last: r.number, lastAt: r.rec.Time, processors: map[string]bool{}}
		g.byID[string(r.rec.CallID)] = c
		g.order = append(g.order, c)
	}
	c.passes = c.passes || g.filter.quick(&r.rec) && g.filter.full(g.log.mask, &r.rec)
	c.take(&r.rec)
	c.first.number = r.number
	c.first.fill(&r.rec)
	c.first.rec.Request = nil
}

func (c *gathered) take(r *Record) {
	c.row.Messages++
	if r.Processor != "" {
		c.processors[r.Processor] = true
	}
	if r.Code != status.OK {
		if c.row.Failed++; c.row.Failed == 1 {
			c.row.Code, c.row.Error, c.row.FailedRule = r.Code.String(), r.Error, r.FailedRule
		}
		c.failed(r)
		if r.Response && routrpb.Method(r.Method) == routrpb.Method_INVITE {
			c.lost(r.head.responseType.String())
		}
	}
	switch m := routrpb.Method(r.Method); {
	case r.Response:
		c.responded(r.head.responseType)
	case m == routrpb.Method_BYE:
		c.bye = true
	case m == routrpb.Method_CANCEL:
		c.cancel = true
	case r.Answer >= Responses:
		c.responded(message.ResponseType(r.Answer - Responses))
	}
}

// failed takes down what went wrong, later ones first. A message that no rule takes says less of a call than one that
// something failed on.
func (c *gathered) failed(r *Record) {
	nobody := r.Code == status.NotFound && r.Processor == "" && r.FailedRule == ""
	if nobody && c.row.FirstFailure != nil && !c.row.FirstFailure.Nobody {
		return
	}
	f := &Failure{
		Method: r.Method.String(), Code: r.Code.String(), Error: r.Error, FailedRule: r.FailedRule, Nobody: nobody,
	}
	if r.Response {
		f.ResponseType = r.head.responseType.String()
	}
	c.row.FirstFailure = f
}

// lost takes down a response that nobody heard, later ones first.
func (c *gathered) lost(of string) {
	others := slices.DeleteFunc(c.row.LostResponses, func(known string) bool { return known == of })
	c.row.LostResponses = slices.Insert(others, 0, of)[:min(len(others)+1, maxLostResponses)]
}

// responded takes down a response, later ones first. A challenge is none.
func (c *gathered) responded(t message.ResponseType) {
	if c.row.LastResponse == "" {
		c.row.LastResponse = t.String()
	}
	switch of := routrpb.ResponseType(t); {
	case of == routrpb.ResponseType_UNAUTHORIZED || of == routrpb.ResponseType_PROXY_AUTHENTICATION_REQUIRED:
	case of < routrpb.ResponseType_SUCCESS:
		c.provision = cmp.Or(c.provision, t)
	default:
		c.final = cmp.Or(c.final, t)
	}
}

func (c *gathered) state() CallState {
	final := routrpb.ResponseType(c.final)
	switch {
	case c.row.Failed > 0:
		return CallFailed
	case c.bye:
		return CallEnded
	case c.cancel && (final == 0 || final >= routrpb.ResponseType_REDIRECTION):
		return CallCancelled
	case final >= routrpb.ResponseType_REDIRECTION:
		return CallRefused
	case final != 0:
		return CallAnswered
	case routrpb.ResponseType(c.provision) > routrpb.ResponseType_TRYING:
		return CallRinging
	}
	return CallPending
}

func (c *gathered) shown(l *Log) CallRow {
	first, row := &c.first.rec, c.row
	head := l.mask.head(&first.head)
	row.CallID, row.State, row.LastID = l.mask.Ref(first.CallID), c.state(), l.id(c.last)
	row.First, row.Last = first.Time.UTC(), c.lastAt.UTC()
	row.From, row.To, row.Method = head.from, head.to, first.Method.String()
	row.Code = cmp.Or(row.Code, status.OK.String())
	row.Processors = []string{}
	for ref := range c.processors {
		row.Processors = append(row.Processors, ref)
	}
	slices.Sort(row.Processors)
	if row.LostResponses == nil {
		row.LostResponses = []string{}
	}
	return row
}

// Bounds on what Call returns.
const (
	maxCallMessages = 1000
	maxCallBytes    = 4 << 20 // of messages in their wire form
)

// CallMessages are all that is kept of a call.
type CallMessages struct {
	Entries []Entry // oldest first, with their messages
	LeftOut int     // older ones that are kept, too
}

// Call returns the decisions on the messages with this Call-ID, as it came or as it is shown, with their messages where
// these were kept and take no more than a bound together.
func (l *Log) Call(callID string) (c CallMessages) {
	callID = l.mask.asked(callID)
	f := &Filter{callIDs: choice[string]{some: []string{callID}}}
	w := walk{before: l.end(), filter: f}
	known := map[uint64]bool{}
	var bytes int
	add := func(r *numbered) {
		if l.mask.Ref(r.rec.CallID) != callID { // one that only begins alike
			return
		}
		known[r.number] = true
		if len(c.Entries) == maxCallMessages {
			c.LeftOut++
			return
		}
		if r.rec.Request == nil {
			r = l.example(r)
		}
		var e Entry
		if bytes += len(r.rec.Request); bytes <= maxCallBytes {
			e = l.withMessage(r.number, &r.rec)
		} else {
			e = l.entry(r.number, &r.rec)
		}
		c.Entries = append(c.Entries, e)
	}
	for r := range w.all(l) {
		add(r)
	}
	for _, r := range l.examplesOf(f) {
		if !known[r.number] {
			add(r)
		}
	}
	slices.SortFunc(c.Entries, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
	return c
}
