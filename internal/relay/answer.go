package relay

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// Done is part of dispatch.Receiver: it writes what package rpc would, in the order in which net/http writes it.
func (k *call) Done(b *frames.Batch, answer []byte, err error) {
	if most := k.connection.relay.MaxBytes; err == nil && len(answer) > most {
		err = &status.Error{Code: status.ResourceExhausted,
			Message: fmt.Sprintf("message size %d exceeds sendMaxBytes %d", len(answer), most)}
	}
	k.writeHead(b)
	if err == nil {
		k.share.Add(int64(len(answer))) // it is there: what comes after it has to wait
		k.CopyMessage(b, answer, false)
		k.WriteHead(b, succeeded, true)
	} else {
		k.WriteHead(b, failed(k.connection.peer, err), true)
	}
	k.end()
}

func (k *call) writeHead(b *frames.Batch) {
	head := [...]frames.Field{
		{Name: ":status", Value: "200"},
		{Name: "content-type", Value: k.request.contentType},
		{Name: "grpc-accept-encoding", Value: "gzip"},
		{Name: "grpc-encoding", Value: "gzip"},
		{Name: "date", Value: k.connection.relay.dates.now()},
	}
	if k.request.gzip {
		k.WriteHead(b, head[:], false)
		return
	}
	head[3] = head[4]
	k.WriteHead(b, head[:4], false)
}

var succeeded = []frames.Field{{Name: "grpc-status", Value: "0"}}

// failed are the trailers of a call that failed.
func failed(peer context.Context, err error) []frames.Field {
	s := door.StatusOf(peer, err)
	trailers := []frames.Field{
		{Name: "grpc-message", Value: door.Mend(door.Encode(s.Text), door.TextRoom(peer))},
		{Name: "grpc-status", Value: strconv.Itoa(int(int32(s.Code)))},
	}
	if details := s.EncodedDetails(); details != "" {
		trailers = append(trailers, frames.Field{Name: "grpc-status-details-bin", Value: details})
	}
	return trailers
}

// dates makes the text of a date once a second.
type dates struct{ last atomic.Pointer[date] }

type date struct {
	second int64
	text   string
}

func (d *dates) now() string {
	now := time.Now()
	last := d.last.Load()
	if last == nil || last.second != now.Unix() {
		last = &date{now.Unix(), now.UTC().Format(http.TimeFormat)}
		d.last.Store(last)
	}
	return last.text
}
