package relay

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// patience is for what hangs. Thousands of calls at once take the better part of a minute on a busy machine.
const patience = 4 * time.Minute

// wire is a client's HTTP/2 connection, frame by frame. One goroutine uses it.
type wire struct {
	net.Conn
	framer *http2.Framer
	coder  *hpack.Encoder
	coded  bytes.Buffer

	next    uint32              // id of the next stream
	calls   map[uint32]*outcome // that aren't over
	room    int64               // of the connection's window
	initial int64               // window of a stream
	rooms   map[uint32]int64    // what streams have beside it
	leaves  bool                // the other side said GOAWAY
	err     error               // that ended the connection
}

// outcome is all that came back on a stream.
type outcome struct {
	Informational [][]string
	Headers       []string // name: value, sorted
	Body          []byte
	Trailers      []string
	End           string // how: stream, reset CODE, or what became of the connection
}

func (o *outcome) String() string {
	body := fmt.Sprintf("%q", o.Body)
	if len(body) > 600 {
		body = fmt.Sprintf("%.600s… (%d bytes)", body, len(o.Body))
	}
	return roughly(fmt.Sprintf("%q\n%q\n%s\n%q\n%s", o.Informational, o.Headers, body, o.Trailers, o.End))
}

// dial connects as a client does, with room for any answer.
func dial(t *testing.T, addr string, settings ...http2.Setting) *wire {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) // often closed before
	if len(settings) == 0 {
		settings = []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 1 << 24}}
	}
	return greet(t, conn, settings)
}

// greet says hello on a connection.
func greet(t *testing.T, conn net.Conn, settings []http2.Setting) *wire {
	t.Helper()
	w := &wire{
		Conn: conn, framer: http2.NewFramer(conn, conn), next: 1, calls: map[uint32]*outcome{},
		room: 65535, initial: 65535, rooms: map[uint32]int64{},
	}
	w.coder = hpack.NewEncoder(&w.coded)
	w.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	w.framer.AllowIllegalWrites = true
	w.framer.SetMaxReadFrameSize(1<<24 - 1)
	_ = conn.SetDeadline(time.Now().Add(patience)) // it is open
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	w.must(t, w.framer.WriteSettings(settings...))
	w.must(t, w.framer.WriteWindowUpdate(0, 1<<30))
	return w
}

func (w *wire) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// encode makes a header block of fields: name, value, and so on.
func (w *wire) encode(fields ...string) []byte {
	w.coded.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = w.coder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // to memory
	}
	return bytes.Clone(w.coded.Bytes())
}

// open sends headers and returns the stream.
func (w *wire) open(t *testing.T, end bool, fields ...string) uint32 {
	t.Helper()
	id := w.next
	w.next += 2
	w.calls[id] = &outcome{}
	block := w.encode(fields...)
	first := block[:min(len(block), 16<<10)]
	rest := block[len(first):]
	w.wrote(w.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: first, EndStream: end, EndHeaders: len(rest) == 0,
	}))
	for len(rest) > 0 {
		part := rest[:min(len(rest), 16<<10)]
		rest = rest[len(part):]
		w.wrote(w.framer.WriteContinuation(id, len(rest) == 0, part))
	}
	return id
}

// wrote notes how a write failed. What came before is still to be read.
func (w *wire) wrote(err error) {
	if err != nil && w.err == nil {
		w.err = err
	}
}

// data sends a body as far as the other side takes it, in frames of at most size bytes; it ends early where the stream
// did.
func (w *wire) data(id uint32, end bool, body []byte, size int) {
	for first := true; first || len(body) > 0; first = false {
		n := min(len(body), size, 16<<10)
		for len(body) > 0 && min(w.room, w.initial+w.rooms[id]) < int64(n) {
			if w.calls[id] == nil || w.calls[id].End != "" || !w.read() {
				return
			}
		}
		w.room -= int64(n)
		w.rooms[id] -= int64(n)
		w.wrote(w.framer.WriteData(id, end && n == len(body), body[:n]))
		body = body[n:]
	}
}

// await reads until a stream is over, and returns what came on it.
func (w *wire) await(id uint32) *outcome {
	for w.calls[id].End == "" && w.read() {
		continue
	}
	o := w.calls[id]
	delete(w.calls, id)
	return o
}

// read takes one frame, and reports whether there was one.
func (w *wire) read() bool {
	frame, err := w.framer.ReadFrame()
	if err != nil {
		for _, o := range w.calls {
			if o.End == "" {
				o.End = "the connection ended"
			}
		}
		w.err = err
		return false
	}
	o := w.calls[frame.Header().StreamID]
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if v, ok := f.Value(http2.SettingInitialWindowSize); ok {
			w.initial = int64(v)
		}
		if !f.IsAck() {
			w.wrote(w.framer.WriteSettingsAck())
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			w.wrote(w.framer.WritePing(true, f.Data))
		}
	case *http2.WindowUpdateFrame:
		if f.StreamID == 0 {
			w.room += int64(f.Increment)
		} else {
			w.rooms[f.StreamID] += int64(f.Increment)
		}
	case *http2.MetaHeadersFrame:
		if o != nil {
			o.headers(f)
		}
	case *http2.DataFrame:
		if o != nil {
			o.Body = append(o.Body, f.Data()...)
			o.ended(f.StreamEnded())
		}
	case *http2.RSTStreamFrame:
		if o != nil && o.End == "" {
			o.End = "reset " + f.ErrCode.String()
		}
	case *http2.GoAwayFrame:
		w.leaves = true
		if f.ErrCode != http2.ErrCodeNo {
			for id, o := range w.calls {
				if o.End == "" {
					o.End = fmt.Sprintf("GOAWAY %s, stream %d of %d", f.ErrCode, id, f.LastStreamID)
				}
			}
		}
	}
	return true
}

func (o *outcome) headers(f *http2.MetaHeadersFrame) {
	var lines []string
	for _, field := range f.Fields {
		value := field.Value
		switch field.Name {
		case "date":
			value = "DATE"
		case "trailer": // net/http announces them in any order
			names := strings.Split(value, ",")
			slices.Sort(names)
			value = strings.Join(names, ",")
		}
		lines = append(lines, field.Name+": "+value)
	}
	slices.Sort(lines)
	switch {
	case o.Headers != nil:
		o.Trailers = append(o.Trailers, lines...)
	case strings.HasPrefix(lines[0], ":status: 1"):
		o.Informational = append(o.Informational, lines)
	default:
		o.Headers = lines
	}
	o.ended(f.StreamEnded())
}

func (o *outcome) ended(end bool) {
	if end && o.End == "" {
		o.End = "stream"
	}
}
