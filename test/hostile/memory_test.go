package hostile

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// bomb is a request that costs its sender little.
type bomb struct {
	path, contentType, encodingHeader string
	body                              []byte
	slow                              bool // half of the body comes, and the rest a second later
}

func gzipped(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data) // to memory
	_ = w.Close()        // to memory
	return out.Bytes()
}

func enveloped(flag byte, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(data))), data...)
}

// bombs are the mixture: what inflates a thousandfold, what is made of many small things, what is large, what is slow.
func bombs() []bomb {
	const (
		process = routrpbconnect.ProcessorProcessMessageProcedure
		almost  = 4<<20 - 200
		asJSON  = `{"method":"MESSAGE","message":{"requestUri":{"user":"a"},`
	)
	wire := func(m *routrpb.MessageRequest) []byte {
		data, err := proto.Marshal(m)
		if err != nil {
			panic(err) // it is ours
		}
		return data
	}
	with := func(change func(*routrpb.MessageRequest)) []byte {
		m := &routrpb.MessageRequest{Method: routrpb.Method_MESSAGE, Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "a"}},
		}}
		change(m)
		return wire(m)
	}
	manyExtensions := func(n int) []byte {
		return with(func(m *routrpb.MessageRequest) {
			for range n {
				m.Message.Extensions = append(m.Message.Extensions, &routrpb.Extension{Name: "X-A", Value: "1"})
			}
		})
	}
	longBody := with(func(m *routrpb.MessageRequest) { m.Message.Body = strings.Repeat("\x00", almost) })
	longRef := with(func(m *routrpb.MessageRequest) { m.Ref = strings.Repeat("\x01", almost) })
	list := func(name, entry string, n int) []byte {
		return []byte(asJSON + `"` + name + `":[` + strings.Repeat(entry+",", n) + entry + `]}}`)
	}
	longJSON := []byte(asJSON + `"body":"` + strings.Repeat("x", almost) + `"}}`)
	escaped := []byte(asJSON + `"body":"` + strings.Repeat(`\u0001`, almost/6) + `"}}`)
	var all []bomb
	for _, data := range [][]byte{longBody, longRef, manyExtensions(300_000), manyExtensions(3000),
		make([]byte, 16<<20)} {
		all = append(all,
			bomb{process, "application/grpc", "Grpc-Encoding", enveloped(1, gzipped(data)), false},
			bomb{process, "application/grpc-web+proto", "Grpc-Encoding", enveloped(1, gzipped(data)), false},
			bomb{process, "application/proto", "Content-Encoding", gzipped(data), false})
	}
	for _, text := range [][]byte{list("extensions", "{}", 1_390_000), list("via", "{}", 4000), longJSON, escaped,
		bytes.Repeat([]byte(`{"a":`), 700_000)} {
		all = append(all, bomb{process, "application/json", "Content-Encoding", gzipped(text), false})
	}
	all = append(all,
		bomb{process, "application/json", "", longJSON[:1<<20], true},
		bomb{process, "application/grpc", "", enveloped(0, longBody), true},
		bomb{"/grpc.health.v1.Health/Check", "application/grpc", "Grpc-Encoding",
			enveloped(1, gzipped(make([]byte, 32<<20))), false},
		bomb{"/grpc.health.v1.Health/Check", "application/json", "Content-Encoding",
			gzipped(bytes.Repeat([]byte(" "), 32<<20)), false},
		bomb{"/api/v1/rules/evaluate", "application/json", "",
			[]byte(`{"matchFunc":"req => true","messages":[` + strings.Repeat("{},", 400_000) + `{}]}`), false},
		bomb{"/api/v1/route/explain", "application/json", "",
			append(append([]byte(`{"message":{"json":`), list("via", "{}", 100_000)...), "}}"...), false},
		bomb{"/metrics", "", "", nil, false},
	)
	return all
}

// throw sends a bomb, and returns what came of it: an answer, whatever it says, or that there was none.
func (b bomb) throw(ctx context.Context, client *http.Client, addr string) error {
	var body io.Reader = bytes.NewReader(b.body)
	if b.slow {
		half := len(b.body) / 2
		body = io.MultiReader(bytes.NewReader(b.body[:half]), wait(time.Second), bytes.NewReader(b.body[half:]))
	}
	method := http.MethodPost
	if b.body == nil {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+addr+b.path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", b.contentType)
	if b.encodingHeader != "" {
		r.Header.Set(b.encodingHeader, "gzip")
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// wait is a reader that has nothing to say, after a while.
type wait time.Duration

func (w wait) Read([]byte) (int, error) {
	time.Sleep(time.Duration(w))
	return 0, io.EOF
}

// connection is a client with one HTTP/2 connection of its own.
func connection() *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true, MaxConnsPerHost: 1}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: transport}
}

// callers call the dispatcher on one connection until they are stopped, and say how long each call took. A call that
// isn't answered with its own message, byte for byte, fails the test.
func callers(t *testing.T, addr string, n int) (stop func() []time.Duration) {
	t.Helper()
	return callersOf(t, addr, n, routrpb.Method_OPTIONS)
}

// callersOf are callers whose messages are of another method, and so go to another processor.
func callersOf(t *testing.T, addr string, n int, method routrpb.Method) (stop func() []time.Duration) {
	t.Helper()
	client, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		took []time.Duration
	)
	for i := range n {
		wait.Go(func() {
			for call := 0; ctx.Err() == nil; call++ {
				ref := fmt.Sprintf("neighbour-%d-%d", i, call)
				request := &routrpb.MessageRequest{Ref: ref, Method: method,
					Message: &routrpb.SIPMessage{
						MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: ref,
							Host: "sip.local"}},
						CallId: &routrpb.CallID{CallId: ref}, Body: strings.Repeat("x", 800),
					}}
				var answer routrpb.MessageResponse
				limited, end := context.WithTimeout(t.Context(), 30*time.Second)
				begun := time.Now()
				err := client.Invoke(limited, routrpbconnect.ProcessorProcessMessageProcedure, request, &answer)
				end()
				if err != nil || !bytes.Equal(wire(t, answer.GetMessage()), wire(t, request.GetMessage())) {
					t.Errorf("a neighbour's call: error %v, answer %.200v", err, &answer)
				}
				mu.Lock()
				took = append(took, time.Since(begun))
				mu.Unlock()
				time.Sleep(4 * time.Millisecond)
			}
		})
	}
	return func() []time.Duration {
		cancel()
		wait.Wait()
		client.Close() // the calls are over
		return took
	}
}

// high is the duration that all but one in a hundred are below.
func high(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)*99/100]
}

const (
	bombers = 50  // connections
	volley  = 200 // bombs of each
)

// bombard throws the mixture at a dispatcher.
func bombard(addr string) {
	mixture := bombs()
	var wait sync.WaitGroup
	for c := range bombers {
		wait.Go(func() {
			client := connection()
			defer client.CloseIdleConnections()
			var atOnce sync.WaitGroup
			defer atOnce.Wait()
			places := make(chan struct{}, 20)
			random := rand.New(rand.NewPCG(1, uint64(c)))
			for range volley {
				b := mixture[random.IntN(len(mixture))]
				places <- struct{}{}
				atOnce.Go(func() {
					defer func() { <-places }()
					ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
					defer cancel()
					_ = b.throw(ctx, client, addr) // it may end as it likes
				})
			}
		})
	}
	wait.Wait()
}

// TestBombsOfAllKindsStayBelowTheLimitOnMemory throws a mixture of 10,000 requests from 50 connections. Neighbours go
// to a processor of their own, so that what they wait for is the dispatcher.
func TestBombsOfAllKindsStayBelowTheLimitOnMemory(t *testing.T) {
	const limit = 512
	d := dispatch(t, resource(typedElsewhere(t), echo(t), fmt.Sprintf("limits: {memory: %dMiB}", limit)))
	stop := callers(t, d.addr, 4)
	time.Sleep(2 * time.Second)
	alone := stop()
	stop = callers(t, d.addr, 4)
	begun := time.Now()
	elsewhere(t, "bombard", d.addr)
	took := time.Since(begun)
	during := stop()
	peak, refused := d.peak(t), d.metric(t, `routr_dispatcher_requests_refused_total{limit="memory"}`)
	t.Logf("memory peaked at %d MiB; %v of %d requests were refused, in %v and %v of CPU; neighbours: %d calls, p99 "+
		"%v, alone %v",
		peak>>20, refused, bombers*volley, took.Round(time.Millisecond), d.cpu(t), len(during),
		high(during), high(alone))
	if peak > limit<<20 {
		t.Errorf("memory peaked at %d MiB", peak>>20)
	}
	if refused == 0 {
		t.Error("nothing was refused: the attack is too weak to tell")
	}
	for end := time.Now().Add(time.Minute); d.metric(t,
		`routr_dispatcher_limit_used{limit="memory"}`) > 70<<10; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what requests held isn't given back")
		}
	}
}
