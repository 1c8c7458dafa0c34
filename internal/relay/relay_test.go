package relay

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/rpc"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(withLoops{m}) }

// loops read the tests' connections.
var loops *frames.Loops

// withLoops runs tests while there are loops.
type withLoops struct{ *testing.M }

func (m withLoops) Run() int {
	loops = frames.NewLoops()
	defer loops.Close()
	return m.M.Run()
}

const maxBytes = 128 << 10

// serve runs both doors before process: the relay's address, and that of a server without one.
func serve(t *testing.T, process rpc.Process) (relayed, ordinary string) {
	t.Helper()
	budget := server.NewByteBudget(32 << 20)
	mux := http.NewServeMux()
	mux.Handle(rpc.NewProcessor(process, maxBytes, budget))
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		n, _ := io.Copy(w, r.Body)
		w.Header().Set("X-Sum", fmt.Sprint(n))
	})
	mux.HandleFunc("/peer", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.RemoteAddr, " ", r.TLS != nil, " ", r.Proto)
	})
	start := func(b *frames.Batch, d *dispatch.Delivery) {
		ctx, cancel := context.WithCancel(context.Background())
		if !d.Deadline.IsZero() {
			ctx, cancel = context.WithDeadline(ctx, d.Deadline)
		}
		answer, err := process(ctx, append([]byte(nil), d.Request...), d.Metadata)
		cancel()
		d.To.Done(b, answer, err)
	}
	listen := func(board server.Switchboard) string {
		s, err := server.Listen(t.Context(), server.Options{Addr: "127.0.0.1:0", Handler: mux, HTTP2: board,
			ErrorLog: log.New(io.Discard, "", 0)})
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.Serve() }()
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil {
				t.Error(err)
			}
			if err := <-served; err != nil {
				t.Error(err)
			}
			if used := budget.Used(); used != 0 {
				t.Errorf("%d bytes of the budget are still taken", used)
			}
		})
		return s.Addr().String()
	}
	return listen(New(Params{Start: start, MaxBytes: maxBytes, Budget: budget, Loops: loops})), listen(nil)
}

// spoken is what a peer says on one stream.
type spoken struct {
	heads [][]hpack.HeaderField
	body  []byte
	ended string
}

// ask sends one request by hand, and returns what came back. Dates are left out.
func ask(t *testing.T, addr string, head [][2]string, body []byte) (said spoken) {
	t.Helper()
	return begin(t, addr, head, body, true)
}

// begin is ask for a request whose end may not come.
func begin(t *testing.T, addr string, head [][2]string, body []byte, end bool) (said spoken) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	f := http2.NewFramer(conn, conn)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	io.WriteString(conn, http2.ClientPreface)
	f.WriteSettings()
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, h := range head {
		encoder.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]})
	}
	first := block.Next(16 << 10)
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: first, EndHeaders: block.Len() == 0,
		EndStream: body == nil})
	for block.Len() > 0 {
		part := block.Next(16 << 10)
		f.WriteContinuation(1, block.Len() == 0, part)
	}
	for len(body) > 0 {
		n := min(len(body), 16<<10)
		f.WriteData(1, end && len(body) == n, body[:n])
		body = body[n:]
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			said.ended = err.Error()
			return said
		}
		if s, ok := frame.(*http2.SettingsFrame); ok && !s.IsAck() {
			f.WriteSettingsAck()
		}
		if frame.Header().StreamID != 1 {
			continue
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			fields := frame.Fields
			for i := range fields {
				if fields[i].Name == "date" {
					fields[i].Value = "now"
				}
			}
			said.heads = append(said.heads, fields)
		case *http2.DataFrame:
			said.body = append(said.body, frame.Data()...)
		case *http2.RSTStreamFrame:
			said.ended = frame.ErrCode.String()
			return said
		}
		if frame.Header().Flags.Has(http2.FlagDataEndStream) && frame.Header().Type != http2.FrameSettings {
			said.ended = "in order"
			return said
		}
	}
}

func message(data string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(data))), data...)
}

func callHead(more ...string) (head [][2]string) {
	head = [][2]string{{":method", "POST"}, {":scheme", "http"},
		{":path", routrpbconnect.ProcessorProcessMessageProcedure}, {":authority", "x"}, {"te", "trailers"},
		{"content-type", "application/grpc"}}
	for i := 0; i < len(more); i += 2 {
		if more[i] == "content-type" {
			head = head[:len(head)-1]
		}
		head = append(head, [2]string{more[i], more[i+1]})
	}
	return head
}

func plain(method, path string) [][2]string {
	return [][2]string{{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "x"}}
}

// TestBothDoorsSayTheSame compares what a peer gets, field by field and byte by byte.
func TestBothDoorsSayTheSame(t *testing.T) {
	relayed, ordinary := serve(t, func(ctx context.Context, request []byte, md map[string][]string) ([]byte, error) {
		switch text := string(request); {
		case text == "fail":
			return nil, &status.Error{Code: status.NotFound, Message: " 100 % grün \n ", Cause: "secret"}
		case text == "details":
			return nil, &status.Error{Code: 99, Message: "", Details: []status.Detail{
				{TypeURL: "type.googleapis.com/x", Value: []byte{1, 2, 3}}, {TypeURL: "", Value: nil}}}
		case text == "long":
			return nil, &status.Error{Code: status.Internal, Message: strings.Repeat("ü ", 9000)}
		case text == "odd":
			return nil, errors.New("odd")
		case text == "huge":
			return make([]byte, maxBytes+1), nil
		case text == "deadline":
			_, timed := ctx.Deadline()
			return fmt.Appendf(nil, "timed: %v", timed), nil
		}
		return fmt.Appendf(nil, "%d bytes, %v", len(request), md), nil
	})
	large := strings.Repeat("x", maxBytes-5)
	for name, c := range map[string]struct {
		head [][2]string
		body []byte
	}{
		"an answer":        {callHead(), message("hello")},
		"an empty message": {callHead(), message("")},
		"a large message":  {callHead(), message(large)},
		"one too large":    {callHead(), message(large + "123456")},
		"proto":            {callHead("content-type", "application/grpc+proto"), message("hello")},
		"JSON":             {callHead("content-type", "application/grpc+json"), message("{}")},
		"an odd type":      {callHead("content-type", "application/grpc+odd"), message("{}")},
		"a parameter":      {callHead("content-type", "application/grpc; charset=utf-8"), message("x")},
		"gzip is taken":    {callHead("grpc-accept-encoding", "identity,deflate,gzip"), message("hello")},
		"gzip isn't taken": {callHead("grpc-accept-encoding", "identity"), message("hello")},
		"identity":         {callHead("grpc-encoding", "identity"), message("hello")},
		"an odd encoding":  {callHead("grpc-encoding", "snappy"), message("hello")},
		"not gzip":         {callHead("grpc-encoding", "gzip"), append([]byte{1}, message("hello")[1:]...)},
		"flagged":          {callHead(), append([]byte{1}, message("hello")[1:]...)},
		"metadata":         {callHead("x-tenant", "a", "x-tenant", "b", "trace-bin", "AP8=,AA"), message("hello")},
		"odd metadata": {callHead("x-umlaut", "ü", "x!odd", "1", "connect-x", "1", "cookie", "a=b"),
			message("hello")},
		"cookies":           {callHead("cookie", "a=b", "cookie", "c=d"), message("hello")},
		"a failure":         {callHead(), message("fail")},
		"details":           {callHead(), message("details")},
		"a long text":       {callHead(), message("long")},
		"an odd error":      {callHead(), message("odd")},
		"a huge answer":     {callHead(), message("huge")},
		"a timeout":         {callHead("grpc-timeout", "10S"), message("deadline")},
		"no timeout":        {callHead(), message("deadline")},
		"forever":           {callHead("grpc-timeout", "99999999H"), message("deadline")},
		"an odd timeout":    {callHead("grpc-timeout", "10x"), message("deadline")},
		"a long timeout":    {callHead("grpc-timeout", "123456789S"), message("deadline")},
		"a negative one":    {callHead("grpc-timeout", "-1S"), message("deadline")},
		"an empty one":      {callHead("grpc-timeout", ""), message("deadline")},
		"no message":        {callHead(), nil},
		"part of a prefix":  {callHead(), []byte{0, 0}},
		"part of a message": {callHead(), message("hello")[:7]},
		"two messages":      {callHead(), append(message("hello"), message("hello")...)},
		"large headers":     {callHead("x-large", strings.Repeat("x", 70<<10)), message("hello")},
		"GET":               {plain("GET", "/echo"), nil},
		"an echo":           {plain("PUT", "/echo"), bytes.Repeat([]byte("0123456789"), 6000)},
		"nothing there":     {plain("GET", "/odd"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			want, got := ask(t, ordinary, c.head, c.body), ask(t, relayed, c.head, c.body)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(spoken{})); diff != "" {
				t.Errorf("the relay answers otherwise (-ordinary +relay):\n%.2000s", diff)
			}
		})
	}
}
