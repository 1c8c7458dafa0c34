package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/frames"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// headerList is what grpc-java takes, and ends its connection over more.
const headerList = 8 << 10

// serve runs the doors of this package before process until the test ends.
func serve(t *testing.T, process Process) (addr string) {
	t.Helper()
	mux := http.NewServeMux()
	limits := Limits{Work: server.NewByteBudget(32 << 20), Streams: server.NewStreamBudget(100), Idle: time.Minute}
	mux.Handle(NewProcessor(process, 4<<20, limits.Work))
	(&Health{}).Handle(mux, limits)
	HandleReflection(mux, limits)
	s, err := server.Listen(t.Context(), server.Options{Addr: "127.0.0.1:0", Handler: mux,
		ErrorLog: log.New(io.Discard, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.Shutdown(ctx) // it says that it cut connections off
		<-served
	})
	return s.Addr().String()
}

// strict is a client that refuses a longer header list than grpc-java does.
func strict(t *testing.T, addr string) *grpc.ClientConn { return taking(t, addr, headerList) }

// taking is a client that announces that it takes header lists of so many bytes, and refuses longer ones.
func taking(t *testing.T, addr string, headers uint32) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithMaxHeaderListSize(headers))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func h2c(t *testing.T) *http.Client {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// listSize is that of a header list, as RFC 9113 section 6.5.2 counts it.
func listSize(h http.Header) (n int) {
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + frames.FieldBytes
		}
	}
	return n
}

// post sends an empty message, and returns the answer, read to its end.
func post(t *testing.T, addr, contentType string, header http.Header) (*http.Response, string) {
	t.Helper()
	body := make([]byte, 5) // a frame of nothing
	if contentType == "application/json" {
		body = []byte("{}")
	}
	return send(t, addr, contentType, body, header)
}

func send(t *testing.T, addr, contentType string, body []byte, header http.Header) (*http.Response, string) {
	t.Helper()
	return sendTo(t, addr, routrpbconnect.ProcessorProcessMessageProcedure, contentType, body, header)
}

func sendTo(t *testing.T, addr, path, contentType string, body []byte, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := h2c(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func detail(size int) status.Detail {
	return status.Detail{TypeURL: "type.googleapis.com/x.Y", Value: make([]byte, size)}
}

func TestWhatIsRelayedOfAFailureHasABound(t *testing.T) {
	long := strings.Repeat
	for name, c := range map[string]struct {
		text    string
		details []status.Detail
		whole   bool // the text arrives as it is
		kept    int  // details that arrive
	}{
		"short":                       {"not your number", []status.Detail{detail(100)}, true, 1},
		"as long as may be":           {long("x", door.MaxText), nil, true, 0},
		"one longer":                  {long("x", door.MaxText+1), nil, false, 0},
		"a stack trace":               {long("at frame (file.js:1:1) ", 600), []status.Detail{detail(10)}, false, 0},
		"Chinese":                     {long("忙", 5000), nil, false, 0},
		"one Chinese letter too many": {long("忙", door.MaxText/9+1), nil, false, 0},
		"as many Chinese letters":     {long("忙", door.MaxText/9), nil, true, 0},
		"beyond the basic plane":      {"x" + long("📞", 4000), nil, false, 0},
		"percent signs":               {long("%", 4000), nil, false, 0},
		"line breaks":                 {long("\r\n", 4000), nil, false, 0},
		"not UTF-8":                   {long("x\xff\xfe", 4000), nil, false, 0},
		"large details":               {"not found", []status.Detail{detail(12000)}, true, 0},
		"a large detail among small":  {"not found", []status.Detail{detail(50), detail(12000), detail(70)}, true, 2},
		"many details": {
			"not found", []status.Detail{detail(2000), detail(2000), detail(2000), detail(2000)}, true, 2,
		},
		"no room beside the text":       {long("x", door.MaxText-100), []status.Detail{detail(100)}, true, 0},
		"text and details that just do": {long("x", 2900), []status.Detail{detail(90)}, true, 1},
		"megabytes":                     {long("📞", 1<<20), []status.Detail{detail(1 << 20)}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			addr := serve(t, func(context.Context, []byte, map[string][]string) ([]byte, error) {
				return nil, &status.Error{Code: status.NotFound, Message: c.text, Details: c.details}
			})
			err := strict(t, addr).Invoke(t.Context(), routrpbconnect.ProcessorProcessMessageProcedure,
				&routrpb.MessageRequest{}, &routrpb.MessageResponse{})
			got := grpcstatus.Convert(err)
			if got.Code() != codes.NotFound || len(got.Proto().GetDetails()) != c.kept {
				t.Fatalf("%s with %d details: %.200s", got.Code(), len(got.Proto().GetDetails()), got.Message())
			}
			switch text, cut := strings.CutSuffix(got.Message(), "…"); {
			case c.whole && got.Message() != c.text:
				t.Errorf("a text that fits came as %.200q", got.Message())
			case !utf8.ValidString(text), !c.whole && !cut, !strings.HasPrefix(strings.ToValidUTF8(c.text, "\uFFFD"),
				text):
				t.Errorf("%d bytes of text, cut: %t: …%.20q", len(text), cut, text[max(0, len(text)-20):])
			case !c.whole && len(door.Encode(text)) < door.MaxText-30:
				t.Errorf("the text was cut to %d bytes", len(door.Encode(text)))
			}
			resp, _ := post(t, addr, "application/grpc", nil)
			web, _ := post(t, addr, "application/grpc-web+proto", nil)
			for kind, size := range map[string]int{"gRPC": listSize(resp.Trailer), "gRPC-Web": listSize(web.Header)} {
				if size > headerList {
					t.Errorf("%s sends a header list of %d bytes", kind, size)
				}
			}
			if code := web.Header.Get("Grpc-Status"); code != "5" {
				t.Errorf("gRPC-Web gets the code %q", code)
			}
			if resp, text := post(t, addr, "application/json", nil); resp.StatusCode != http.StatusNotFound ||
				len(text) > 4*headerList {
				t.Errorf("Connect gets %s and %d bytes", resp.Status, len(text))
			}
		})
	}
}

// TestALongStatusEndsNoOtherCall has calls in flight on a connection whose peer takes so much of headers.
func TestALongStatusEndsNoOtherCall(t *testing.T) {
	for _, headers := range []uint32{1 << 10, 2000, 4 << 10, headerList, 1 << 20} {
		t.Run(fmt.Sprint(headers), func(t *testing.T) { longStatus(t, headers) })
	}
}

func longStatus(t *testing.T, headers uint32) {
	arrived, release := make(chan struct{}), make(chan struct{})
	addr := serve(t, func(_ context.Context, request []byte, _ map[string][]string) ([]byte, error) {
		if len(request) > 0 {
			arrived <- struct{}{}
			<-release
			return request, nil
		}
		return nil, &status.Error{
			Code: status.Internal, Message: strings.Repeat("忙", 5000), Details: []status.Detail{detail(500)},
		}
	})
	conn := taking(t, addr, headers)
	invoke := func(ref string) error {
		return conn.Invoke(t.Context(), routrpbconnect.ProcessorProcessMessageProcedure,
			&routrpb.MessageRequest{Ref: ref}, &routrpb.MessageRequest{})
	}
	others := make(chan error)
	for i := range 5 {
		go func() { others <- invoke(fmt.Sprint("other-", i)) }()
		<-arrived
	}
	if err := invoke(""); grpcstatus.Code(err) != codes.Internal || !strings.Contains(err.Error(), "忙忙") {
		t.Errorf("the long one: %.200v", err)
	}
	close(release)
	for range 5 {
		if err := <-others; err != nil {
			t.Errorf("another call on the connection: %v", err)
		}
	}
}

// TestWhatConnectSaysItselfHasABound quotes long things of requests in errors that connect makes before we are asked.
func TestWhatConnectSaysItselfHasABound(t *testing.T) {
	addr := serve(t, func(context.Context, []byte, map[string][]string) ([]byte, error) {
		return nil, errors.New("not reached")
	})
	long := strings.Repeat("忙x", 5000)
	for name, c := range map[string]struct {
		contentType string
		header      http.Header
	}{
		"an unknown encoding":             {"application/grpc", http.Header{"Grpc-Encoding": {long}}},
		"an unknown encoding in gRPC-Web": {"application/grpc-web+proto", http.Header{"Grpc-Encoding": {long}}},
	} {
		t.Run(name, func(t *testing.T) {
			resp, _ := post(t, addr, c.contentType, c.header)
			got := resp.Trailer
			if resp.Header.Get("Grpc-Status") != "" {
				got = resp.Header
			}
			text, err := url.PathUnescape(got.Get(grpcMessage))
			if listSize(got) > headerList || got.Get("Grpc-Status") != "12" || err != nil || !utf8.ValidString(text) {
				t.Errorf("a header list of %d bytes, status %q, %v, ends in %.40q", listSize(got),
					got.Get("Grpc-Status"), err, text[max(0, len(text)-40):])
			}
		})
	}
	t.Run("the name of a service", func(t *testing.T) {
		health := grpc_health_v1.NewHealthClient(strict(t, addr))
		_, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: long})
		if grpcstatus.Code(err) != codes.NotFound {
			t.Errorf("%.200v", err)
		}
	})
	for name, c := range map[string]struct {
		path   string
		header http.Header
		body   string
	}{
		"an unknown encoding in Connect": {routrpbconnect.ProcessorProcessMessageProcedure,
			http.Header{"Content-Encoding": {long}}, "{}"},
		"a timeout in Connect": {routrpbconnect.ProcessorProcessMessageProcedure,
			http.Header{"Connect-Timeout-Ms": {strings.Repeat("9", 50_000)}}, "{}"},
		"a version in Connect": {routrpbconnect.ProcessorProcessMessageProcedure,
			http.Header{"Connect-Protocol-Version": {long}}, "{}"},
		"a service in Connect": {"/grpc.health.v1.Health/Check", nil, `{"service":"` + long + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			resp, said := sendTo(t, addr, c.path, "application/json", []byte(c.body), c.header)
			if resp.StatusCode == http.StatusOK || len(said) > 1<<10 {
				t.Errorf("%s and %d bytes: %.100s", resp.Status, len(said), said)
			}
		})
	}
	t.Run("a key in JSON", func(t *testing.T) {
		resp, said := send(t, addr, "application/json", []byte(`{"`+long+`": 1}`), nil)
		if resp.StatusCode != http.StatusBadRequest || len(said) > headerList {
			t.Errorf("%s and %d bytes", resp.Status, len(said))
		}
	})
}

func TestSpacesAtTheEndsOfAStatusAreEncoded(t *testing.T) {
	for text, want := range map[string]string{
		"processor: ": "processor:%20", "  both  ": "%20 both %20", " ": "%20", "": "", "in between": "in between",
		"tab\t":             "tab%09",
		"100% – ärgerlich ": "100%25 %E2%80%93 %C3%A4rgerlich%20",
	} {
		addr := serve(t, func(context.Context, []byte, map[string][]string) ([]byte, error) {
			return nil, &status.Error{Code: status.NotFound, Message: text}
		})
		resp, _ := post(t, addr, "application/grpc", nil)
		if got := resp.Trailer.Get(grpcMessage); got != want {
			t.Errorf("%q is sent as %q to gRPC, want %q", text, got, want)
		}
		web, _ := post(t, addr, "application/grpc-web+proto", nil)
		if got := web.Header.Get(grpcMessage); got != want {
			t.Errorf("%q is sent as %q to gRPC-Web, want %q", text, got, want)
		}
		err := strict(t, addr).Invoke(t.Context(), routrpbconnect.ProcessorProcessMessageProcedure,
			&routrpb.MessageRequest{}, &routrpb.MessageResponse{})
		if got := grpcstatus.Convert(err); got.Message() != text || got.Code() != codes.NotFound {
			t.Errorf("%q arrives as %s %q", text, got.Code(), got.Message())
		}
	}
}
