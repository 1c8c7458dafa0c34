package bus

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// Question is what one replica asks another: a call of its admin API.
type Question struct {
	Method string `json:"method"`
	Path   string `json:"path"` // below /api/v1, with its query
	Body   []byte `json:"body,omitempty"`

	ID   string `json:"id"`   // of this question; answers are sealed for it alone
	Wait int64  `json:"wait"` // milliseconds that the answer is waited for
}

// Reply is the answer to it.
type Reply struct {
	Status      int // of HTTP
	ContentType string
	Body        []byte
}

// Bounds on questions and answers.
const (
	maxQuestion = 64 << 10         // bytes
	maxReply    = 16 << 20         // bytes, all parts together
	replyPart   = 256 << 10        // bytes; NATS takes 1 MiB unless it is told otherwise
	maxWait     = 10 * time.Second // for an answer
	atOnce      = 64               // questions that are answered
)

// Errors of Ask.
var (
	ErrNoReplica = errors.New("there is no connection to the fleet")
	ErrTooLong   = errors.New("the answer is too long")
)

// head is what stands in front of each part of an answer.
type head struct {
	Part, Parts uint16
	Status      uint16
	JSON        bool // else it is text
}

const headBytes = 7

func (h head) append(to []byte) []byte {
	to = binary.BigEndian.AppendUint16(to, h.Part)
	to = binary.BigEndian.AppendUint16(to, h.Parts)
	to = binary.BigEndian.AppendUint16(to, h.Status)
	if h.JSON {
		return append(to, 1)
	}
	return append(to, 0)
}

func readHead(part []byte) (h head, rest []byte, ok bool) {
	if len(part) < headBytes {
		return h, nil, false
	}
	number := func(at int) uint16 { return binary.BigEndian.Uint16(part[at:]) }
	h = head{Part: number(0), Parts: number(2), Status: number(4), JSON: part[6] == 1}
	return h, part[headBytes:], h.Part < h.Parts && int(h.Parts) <= maxReply/replyPart
}

// Ask asks the replica with this boot ID, and returns when it has answered or ctx ends, maxWait later at the latest.
func (f *Fleet) Ask(ctx context.Context, replica string, q Question) (Reply, error) {
	conn := f.conn.Load()
	if conn == nil || !conn.IsConnected() || !bootID.MatchString(replica) {
		return Reply{}, ErrNoReplica
	}
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	until, _ := ctx.Deadline()
	q.ID, q.Wait = unguessable(), time.Until(until).Milliseconds()
	text, err := json.Marshal(q)
	if err != nil {
		return Reply{}, err
	}
	if len(text) > maxQuestion {
		return Reply{}, fmt.Errorf("a question of %d bytes: %d at most", len(text), maxQuestion)
	}
	sealed, err := f.sealer.seal("ask "+replica, text)
	if err != nil {
		return Reply{}, err
	}
	inbox := conn.NewRespInbox()
	sub, err := conn.SubscribeSync(inbox)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection is over
	if err := sub.SetPendingLimits(2*maxReply/replyPart, 2*maxReply); err != nil {
		return Reply{}, err
	}
	if err := conn.PublishRequest(f.questionsOf(replica), inbox, sealed); err != nil {
		return Reply{}, err
	}
	return f.collect(ctx, sub, "answer "+q.ID)
}

// collect puts the parts of an answer together. What isn't one is left out, whoever sent it.
func (f *Fleet) collect(ctx context.Context, sub *nats.Subscription, purpose string) (Reply, error) {
	var parts [][]byte
	missing, size := -1, 0
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return Reply{}, err
		}
		if len(m.Data) == 0 && m.Header.Get("Status") == "503" { // NATS knows nobody who would hear it
			return Reply{}, ErrNoReplica
		}
		text, err := f.sealer.open(purpose, m.Data)
		h, body, ok := readHead(text)
		if err != nil || !ok || parts != nil && len(parts) != int(h.Parts) {
			f.dropped.Add(1)
			continue
		}
		if parts == nil {
			parts, missing = make([][]byte, h.Parts), int(h.Parts)
		}
		if parts[h.Part] != nil {
			continue
		}
		parts[h.Part] = append([]byte{}, body...)
		missing--
		if size += len(body); size > maxReply {
			return Reply{}, ErrTooLong
		}
		if missing > 0 {
			continue
		}
		r := Reply{Status: int(h.Status), ContentType: "text/plain; charset=utf-8", Body: make([]byte, 0, size)}
		if h.JSON {
			r.ContentType = "application/json"
		}
		for _, p := range parts {
			r.Body = append(r.Body, p...)
		}
		return r, nil
	}
}

// answerer returns what takes questions: as many at once as there may be, in goroutines of all.
func (f *Fleet) answerer(all *sync.WaitGroup) func(context.Context, *nats.Msg) {
	turns := make(chan struct{}, atOnce)
	return func(ctx context.Context, m *nats.Msg) {
		text, err := f.sealer.open("ask "+f.bootID, m.Data)
		var q Question
		if err != nil || len(text) > maxQuestion || json.Unmarshal(text, &q) != nil || m.Reply == "" || q.ID == "" {
			f.dropped.Add(1)
			return
		}
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			return
		}
		all.Go(func() {
			defer panics.Caught("answer the fleet")
			defer func() { <-turns }()
			f.answer(ctx, m.Reply, q)
		})
	}
}

// answer answers one question, unless nobody waits any more.
func (f *Fleet) answer(ctx context.Context, to string, q Question) {
	ctx, cancel := context.WithTimeout(ctx, min(time.Duration(max(q.Wait, 0))*time.Millisecond, maxWait))
	defer cancel()
	r := f.opts.Answer(ctx, q)
	if len(r.Body) > maxReply-replyPart {
		r = Reply{Status: http.StatusRequestEntityTooLarge, Body: []byte(ErrTooLong.Error())}
	}
	conn, parts := f.conn.Load(), len(r.Body)/replyPart+1
	for i := range parts {
		body := r.Body[i*replyPart : min((i+1)*replyPart, len(r.Body))]
		h := head{uint16(i), uint16(parts), uint16(r.Status), r.ContentType == "application/json"} // within bounds
		sealed, err := f.sealer.seal("answer "+q.ID, append(h.append(nil), body...))
		if err != nil || ctx.Err() != nil || conn.Publish(to, sealed) != nil {
			return
		}
	}
}
