// Package load is what the benchmarks share: callers, a processor, the program built and run, people who look at it,
// and what Linux says of a process. The callers and the processor move bytes as they are: on a machine of few cores
// what measures takes time from what is measured.
package load

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// Call is when a call was due and how long its answer took from then on.
type Call struct {
	Start time.Time
	Took  time.Duration
}

// Callers says how to call: each caller sends its requests in turn, one at a time, as an EdgePort does.
type Callers struct {
	Requests [][][]byte // of each caller
	// Every is how often a caller's calls are due; at 0 each is due when the one before it was answered. A call that
	// can't begin in time, because the one before it took longer, still counts from when it was due.
	Every time.Duration
}

// Dial connects to addr when it is first called.
func Dial(addr string) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// Run calls until ctx ends, and returns every call. The callers share the connections evenly. An answer that doesn't
// say what Answer says is an error.
func (c Callers) Run(ctx context.Context, conns ...*grpc.ClientConn) (all []Call, err error) {
	var (
		mu   sync.Mutex
		wait sync.WaitGroup
	)
	for i := range c.Requests {
		wait.Go(func() {
			mine, failed := c.caller(ctx, conns[i%len(conns)], i)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
			if failed != nil {
				err = failed
			}
		})
	}
	wait.Wait()
	return all, err
}

// caller is the caller of this number. Where calls are due by the clock, the callers' are spread evenly.
func (c Callers) caller(ctx context.Context, conn *grpc.ClientConn, number int) (mine []Call, err error) {
	requests, right := c.Requests[number], Answer()
	due := time.Now().Add(c.Every * time.Duration(number) / time.Duration(len(c.Requests)))
	for n := 0; ctx.Err() == nil; n++ {
		start := time.Now()
		if c.Every > 0 {
			if wait := due.Sub(start); wait > 0 {
				time.Sleep(wait)
				start = time.Now() // what the clock's waking is late by isn't the answer's
			} else {
				start = due
			}
			due = due.Add(c.Every)
		}
		answer, err := Invoke(context.Background(), conn, requests[n%len(requests)])
		if err != nil {
			return nil, err
		}
		mine = append(mine, Call{start, time.Since(start)})
		if !bytes.Equal(answer, right) {
			right = answer
			if !sameMessage(answer, Answer()) { // a relay may write the same otherwise
				return nil, fmt.Errorf("the answer isn't the processor's, but %d bytes: %.200q", len(answer), answer)
			}
		}
	}
	return mine, nil
}

// Invoke calls a processor once. It waits for the connection.
func Invoke(ctx context.Context, conn *grpc.ClientConn, request []byte) (answer []byte, err error) {
	err = conn.Invoke(ctx, routrpbconnect.ProcessorProcessMessageProcedure, &request, &answer,
		grpc.WaitForReady(true), grpc.ForceCodecV2(Raw{}))
	return answer, err
}

// Percentile returns the latency that a part of the calls doesn't exceed; 0 where there were none.
func Percentile(all []Call, part float64) time.Duration {
	took := make([]time.Duration, len(all))
	for i, c := range all {
		took[i] = c.Took
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(int(part*float64(len(took))), len(took)-1)]
}

// Raw is a codec of grpc-go for *[]byte: bytes go over the wire as they are.
type Raw struct{}

// Name is empty, so the content type is application/grpc, which every peer takes for protobuf.
func (Raw) Name() string { return "" }

// Marshal sends the bytes that v points to, which nobody may change before they are sent.
func (Raw) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("load: can't send a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(*b)}, nil
}

// Unmarshal makes v point to a copy of data.
func (Raw) Unmarshal(data mem.BufferSlice, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("load: can't receive a %T", v)
	}
	*b = data.Materialize()
	return nil
}
