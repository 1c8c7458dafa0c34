package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// TestNoByteIsAnothersWhereAnswersAreShared sends thousands of distinct requests, each three times at once, and
// compares every byte that the processor and the callers get. Two copies of each share the answer of the first, and the
// buffers of the door: gRPC's and Connect's are the same.
func TestNoByteIsAnothersWhereAnswersAreShared(t *testing.T) {
	const requests, copies, atOnce = 2000, 3, 60
	peer := peertest.Start(t, func(_ context.Context, request []byte) ([]byte, error) {
		var n int
		if _, err := fmt.Sscanf(refOf(t, request), "call-%d", &n); err != nil {
			return nil, err
		}
		if !bytes.Equal(request, numbered(t, n)) {
			t.Errorf("the processor got other bytes of request %d than were sent", n)
		}
		time.Sleep(3 * time.Millisecond) // in which the copies arrive
		return numberedAnswer(t, n), nil
	})
	r := start(t, Options{}, yamlFor(peer.Addr))
	conn, client := grpcConn(t, r.addr), h2c(t)
	var next, wrong, failed atomic.Int64
	var callers sync.WaitGroup
	for range atOnce {
		callers.Go(func() {
			for n := int(next.Add(1)); n <= requests; n = int(next.Add(1)) {
				var all sync.WaitGroup
				for i := range copies {
					all.Go(func() {
						send := func() ([]byte, error) { return overGRPC(t.Context(), conn, numbered(t, n)) }
						if i == 1 {
							send = func() ([]byte, error) {
								return overConnect(t.Context(), client, r.addr, numbered(t, n))
							}
						}
						switch answer, err := send(); {
						case err != nil:
							failed.Add(1)
							t.Logf("request %d: %v", n, err)
						case !bytes.Equal(answer, numberedAnswer(t, n)):
							wrong.Add(1)
							t.Logf("the answer to request %d is that to %q", n, refOf(t, answer))
						}
					})
				}
				all.Wait()
			}
		})
	}
	callers.Wait()
	if wrong.Load() > 0 || failed.Load() > 0 {
		t.Errorf("of %d answers %d are wrong; %d requests failed", requests*copies, wrong.Load(), failed.Load())
	}
	if handled := len(peer.Calls()); handled == requests*copies {
		t.Error("no answer was shared")
	}
}

// numbered is request n in its wire form. Its size differs from that of its neighbours.
func numbered(t *testing.T, n int) []byte {
	req := invite(fmt.Sprintf("call-%d", n))
	req.Message.Via = []*routrpb.Via{{Host: "phone", Branch: fmt.Sprintf("z9hG4bK%d", n)}}
	req.Message.Extensions = []*routrpb.Extension{{Name: "CSeq", Value: "1 INVITE"}}
	req.Message.Body = filler(n)
	return wire(t, req)
}

func numberedAnswer(t *testing.T, n int) []byte {
	return wire(t, &routrpb.MessageResponse{Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_OK},
		CallId:      &routrpb.CallID{CallId: fmt.Sprintf("call-%d", n)}, Body: filler(n + 1),
	}})
}

func filler(n int) string {
	return strings.Repeat(fmt.Sprintf("a=candidate:%d 1 UDP\r\n", n), 50+n%100)
}

func wire(t *testing.T, m proto.Message) []byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Error(err)
	}
	return data
}

// refOf names what is in the bytes of a request or an answer, as far as they can be read.
func refOf(t *testing.T, data []byte) string {
	if req, err := message.Parse(data); err == nil && req.Ref() != "" {
		return req.Ref()
	}
	var answer routrpb.MessageResponse
	if err := proto.Unmarshal(data, &answer); err != nil {
		t.Logf("unreadable: %v", err)
	}
	return answer.GetMessage().GetCallId().GetCallId()
}

// bytesCodec hands bytes to gRPC, and takes bytes from it.
type bytesCodec struct{}

func (bytesCodec) Name() string { return "proto" }

func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

func overGRPC(ctx context.Context, conn *grpc.ClientConn, request []byte) (answer []byte, err error) {
	err = conn.Invoke(ctx, routrpbconnect.ProcessorProcessMessageProcedure, &request, &answer,
		grpc.ForceCodecV2(bytesCodec{}))
	return answer, err
}

func overConnect(ctx context.Context, client *http.Client, addr string, request []byte) ([]byte, error) {
	url := "http://" + addr + routrpbconnect.ProcessorProcessMessageProcedure
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(request))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/proto")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return answer, err
}
