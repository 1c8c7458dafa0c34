package rpc

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/door"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

const maxTestBytes = 4 << 20

// opened is a server of the Processor service that answers with what its function returns.
type opened struct {
	url    string
	client *http.Client
	budget *server.Budget
}

func open(t testing.TB, budget *server.Budget, process Process) *opened {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(NewProcessor(process, maxTestBytes, budget))
	s, err := server.Listen(t.Context(), server.Options{Addr: "127.0.0.1:0", Handler: mux})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return &opened{"http://" + s.Addr().String() + routrpbconnect.ProcessorProcessMessageProcedure,
		&http.Client{Transport: transport}, budget}
}

// form is one way to call.
type form struct {
	name, contentType, encodingHeader string
	envelope, json                    bool
}

var forms = []form{
	{"gRPC", "application/grpc", "Grpc-Encoding", true, false},
	{"gRPC-Web", "application/grpc-web+proto", "Grpc-Encoding", true, false},
	{"gRPC with JSON", "application/grpc+json", "Grpc-Encoding", true, true},
	{"Connect", "application/proto", "Content-Encoding", false, false},
	{"Connect with JSON", "application/json", "Content-Encoding", false, true},
}

func gzipped(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(data) // to memory
	_ = w.Close()        // to memory
	return out.Bytes()
}

func enveloped(flag byte, data []byte) []byte {
	out := binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(data)))
	return append(out, data...)
}

// body is data as the form sends it.
func (f form) body(data []byte, compressed bool) []byte {
	flag := byte(0)
	if compressed {
		data, flag = gzipped(data), 1
	}
	if f.envelope {
		data = enveloped(flag, data)
	}
	return data
}

// call sends a body and returns the gRPC status, as a number or as Connect's word, and the answer with its envelope.
func (d *opened) call(t testing.TB, f form, encoding string, body io.Reader) (status string, answer []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", f.contentType)
	if encoding != "" {
		r.Header.Set(f.encodingHeader, encoding)
	}
	resp, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	switch {
	case !f.envelope && resp.StatusCode != http.StatusOK:
		var e struct{ Code string }
		if err := json.Unmarshal(answer, &e); err != nil {
			t.Fatalf("%s: status %d, %s", f.name, resp.StatusCode, answer)
		}
		return e.Code, nil
	case !f.envelope:
		return "0", answer
	}
	for _, h := range []http.Header{resp.Trailer, resp.Header} {
		if s := h.Get("Grpc-Status"); s != "" {
			return s, answer
		}
	}
	if _, rest, ok := bytes.Cut(answer, []byte("grpc-status: ")); ok { // gRPC-Web's trailer
		number, _, _ := strings.Cut(string(rest), "\r")
		return number, answer
	}
	t.Fatalf("%s: no status in %v, %q", f.name, resp.Header, answer)
	return "", nil
}

// code is a gRPC code as the form says it.
func (f form) code(number, word string) string {
	if f.envelope {
		return number
	}
	return word
}

// requests are messages, and the JSON that stands for them.
func request(body string) (wire, text []byte) {
	text, err := json.Marshal(map[string]any{"ref": "r",
		"message": map[string]any{"requestUri": map[string]any{}, "body": body}})
	if err != nil {
		panic(err)
	}
	if wire, err = message.RequestFromJSON(text); err != nil {
		panic(err)
	}
	return wire, text
}

func TestMessagesComeInflatedByEveryForm(t *testing.T) {
	var (
		mu  sync.Mutex
		got []byte
	)
	d := open(t, server.NewByteBudget(64<<20), func(
		_ context.Context, request []byte, _ map[string][]string,
	) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		got = request
		return nil, nil
	})
	for _, size := range []int{0, 1, 1000, inflateStep - 5, inflateStep, inflateStep + 1, 1_000_000} {
		wire, text := request(strings.Repeat("x", size))
		for _, f := range forms {
			sent := wire
			if f.json {
				sent = text
			}
			for _, compressed := range []bool{false, true} {
				status, _ := d.call(t, f, encodingGzip, bytes.NewReader(f.body(sent, compressed || !f.envelope)))
				if mu.Lock(); status != "0" || !bytes.Equal(got, wire) {
					t.Errorf("%s, %d bytes, compressed %v: status %s, %d bytes came of %d", f.name, size, compressed,
						status, len(got), len(wire))
				}
				got = nil
				mu.Unlock()
			}
		}
	}
	if used := d.budget.Used(); used != 0 {
		t.Errorf("%d bytes are held after the last request", used)
	}
}

func TestABombIsRefusedWithoutBeingInflated(t *testing.T) {
	d := open(t, server.NewByteBudget(64<<20), func(context.Context, []byte, map[string][]string) ([]byte, error) {
		t.Error("a bomb got through")
		return nil, nil
	})
	bomb := gzipped(make([]byte, 64<<20)) // 64 kB
	elements := []byte(`{"message":{"requestUri":{},"extensions":[` + strings.Repeat("{},", 1_300_000) + `{}]}}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, f := range forms {
		body := bomb
		if f.envelope {
			body = enveloped(1, body)
		}
		if status, _ := d.call(t, f, encodingGzip, bytes.NewReader(body)); status != f.code("8", "resource_exhausted") {
			t.Errorf("%s: 64 MiB: %s", f.name, status)
		}
		if !f.json {
			continue
		}
		if status, _ := d.call(t, f, encodingGzip, bytes.NewReader(f.body(elements, true))); status != f.code("8",
			"resource_exhausted") {
			t.Errorf("%s: a million elements: %s", f.name, status)
		}
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / 7; got > 64<<20 {
		t.Errorf("%d MiB are allocated a request", got>>20)
	}
	if used := d.budget.Used(); used != 0 {
		t.Errorf("%d bytes are held after the last request", used)
	}
}

func TestBrokenCompressionIsTheCallersFault(t *testing.T) {
	nothing := func(context.Context, []byte, map[string][]string) ([]byte, error) { return nil, nil }
	d := open(t, server.NewByteBudget(64<<20), nothing)
	wire, text := request(strings.Repeat("x", 100))
	for _, f := range forms {
		sent := gzipped(wire)
		if f.json {
			sent = gzipped(text)
		}
		flipped := bytes.Clone(sent)
		flipped[len(flipped)-6] ^= 1 // the checksum
		for name, data := range map[string][]byte{"no gzip": []byte("not gzip at all"), "cut off": sent[:len(sent)-9],
			"wrong checksum": flipped} {
			if f.envelope {
				data = enveloped(1, data)
			}
			if status, _ := d.call(t, f, encodingGzip, bytes.NewReader(data)); status != f.code("3",
				"invalid_argument") {
				t.Errorf("%s, %s: %s", f.name, name, status)
			}
		}
		if f.envelope { // whose length promises more than comes
			data := append([]byte{1, 0, 0, 1, 0}, sent...)
			if status, _ := d.call(t, f, encodingGzip, bytes.NewReader(data)); status != "13" { // as of others
				t.Errorf("%s: a body that is cut off: %s", f.name, status)
			}
		}
		if status, _ := d.call(t, f, "br", bytes.NewReader(f.body(wire, true))); status != f.code("12",
			"unimplemented") {
			t.Errorf("%s, an unknown encoding: %s", f.name, status)
		}
	}
}

func TestWhatThereIsNoRoomForIsRefusedInTheCallersForm(t *testing.T) {
	budget := server.NewByteBudget(1 << 20)
	d := open(t, budget, func(context.Context, []byte, map[string][]string) ([]byte, error) { return nil, nil })
	wire, text := request(strings.Repeat("x", 700<<10)) // more than half
	for _, f := range forms {
		sent := wire
		if f.json {
			sent = text
		}
		for _, compressed := range []bool{false, true} {
			encoding := map[bool]string{true: encodingGzip}[compressed]
			if status, _ := d.call(t, f, encoding, bytes.NewReader(f.body(sent, compressed))); status != f.code("8",
				"resource_exhausted") {
				t.Errorf("%s, a message that is too large, compressed %v: %s", f.name, compressed, status)
			}
		}
		hog := budget.Begin(t.Context())
		hog.Add(1 << 20)
		if status, _ := d.call(t, f, "", http.NoBody); status != f.code("8", "resource_exhausted") {
			t.Errorf("%s, without any room: %s", f.name, status)
		}
		hog.End()
	}
	if used, refused := budget.Used(), budget.Refused(); used != 0 || refused != uint64(3*len(forms)) {
		t.Errorf("%d bytes are held, %d requests were refused", used, refused)
	}
}

func TestABodyThatTricklesHoldsWhatCameOfIt(t *testing.T) {
	budget := server.NewByteBudget(64 << 20)
	d := open(t, budget, func(context.Context, []byte, map[string][]string) ([]byte, error) { return nil, nil })
	wire, _ := request(strings.Repeat("x", 3_000_000))
	from, to := io.Pipe()
	ended := make(chan string, 1)
	go func() {
		status, _ := d.call(t, forms[0], "", from)
		ended <- status
	}()
	body := enveloped(0, wire)
	if _, err := to.Write(body[:10_000]); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); budget.Used() < 10_000; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d bytes are held", budget.Used())
		}
	}
	if used := budget.Used(); used > 10_000+door.RequestBytes+1000 {
		t.Errorf("10,000 bytes came, %d are held", used)
	}
	if _, err := to.Write(body[10_000:]); err != nil {
		t.Fatal(err)
	}
	to.Close()
	if status := <-ended; status != "0" {
		t.Errorf("it ends with status %s", status)
	}
}

func TestAnAnswerCountsUntilItIsWritten(t *testing.T) {
	budget := server.NewByteBudget(64 << 20)
	d := open(t, budget, func(context.Context, []byte, map[string][]string) ([]byte, error) {
		return make([]byte, 3<<20), nil
	})
	wire, _ := request("x")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url, bytes.NewReader(wire))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/proto")
	transport := &http.Transport{Protocols: new(http.Protocols),
		HTTP2: &http.HTTP2Config{MaxReceiveBufferPerStream: 64 << 10}}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if used := budget.Used(); used < 3<<20 {
		t.Errorf("%d bytes are held while an answer of 3 MiB is on its way", used)
	}
	if n, err := io.Copy(io.Discard, resp.Body); n != 3<<20 || err != nil {
		t.Errorf("%d bytes came, error %v", n, err)
	}
	for end := time.Now().Add(20 * time.Second); budget.Used() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d bytes are held when it has come", budget.Used())
		}
	}
}

func BenchmarkAdmitted(b *testing.B) {
	// from memory
	next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	handler := admitted(next, maxTestBytes, server.NewByteBudget(64<<20), newTurns())
	message := make([]byte, 1500)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "/", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header = http.Header{
		"Content-Type": {"application/grpc"}, "Te": {"trailers"}, "User-Agent": {"grpc-java-netty/1.60.0"},
		"Grpc-Accept-Encoding": {"gzip"},
	}
	body := bytes.NewReader(message)
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(message)
		r.Body = io.NopCloser(body)
		handler.ServeHTTP(nil, r)
	}
}
