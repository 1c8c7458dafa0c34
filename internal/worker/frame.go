package worker

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Parent and child talk in frames: four bytes of length, big endian, and as many bytes. The parent sends settings once,
// which the child answers with its readiness; after that a job followed by its source and its messages,
// one a frame and byte for byte, which the child answers with one frame.

// maxFrame bounds every frame. The longest answer tells of a configuration of the largest size.
const maxFrame = 16 << 20

// settings is what a child confines itself by.
type settings struct {
	MemoryLimit int64 // bytes
}

// readiness is what a child says of itself when it is ready.
type readiness struct {
	Missing string `json:",omitempty"` // what the kernel wouldn't take from it
}

// kind is what a job is about.
type kind string

const (
	jobEvaluate kind = ""        // a Request: its source follows, then its messages
	jobLoad     kind = "load"    // a Table: its sources follow
	jobConfig   kind = "config"  // the text of a configuration follows
	jobRoute    kind = "route"   // messages follow, for the table that was loaded
	jobExplain  kind = "explain" // one message follows, likewise
)

// job announces what follows.
type job struct {
	Kind     kind   `json:",omitempty"`
	Name     string `json:",omitempty"` // of a configuration, for its problems
	Timeout  time.Duration
	Messages int          // how many follow
	Explain  bool         `json:",omitempty"`
	Trial    *Trial       `json:",omitempty"`
	Table    *Table       `json:",omitempty"` // without its sources
	View     routing.View // of an explanation
}

// answer is what the child says: either why the source doesn't load, or a Response.
type answer struct {
	SourceError *matchfunc.SourceError `json:",omitempty"`
	Response    Response
}

// pipe is one end of the conversation.
type pipe struct {
	r *bufio.Reader
	w *bufio.Writer
}

func newPipe(r io.Reader, w io.Writer) pipe {
	return pipe{bufio.NewReader(r), bufio.NewWriter(w)}
}

// write buffers a frame; send flushes too.
func (p pipe) write(data []byte) error {
	if len(data) > maxFrame {
		return fmt.Errorf("send a frame of %d bytes: %w: it may have %d", len(data), ErrTooLarge, maxFrame)
	}
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(data))) // at most maxFrame
	if _, err := p.w.Write(size[:]); err != nil {
		return err
	}
	_, err := p.w.Write(data)
	return err
}

func (p pipe) send(data []byte) error {
	if err := p.write(data); err != nil {
		return err
	}
	return p.w.Flush()
}

// read returns the next frame. The error is io.EOF where the other end closed the pipe between frames.
func (p pipe) read() ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(p.r, header[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(header[:])
	if size > maxFrame {
		return nil, fmt.Errorf("a frame of %d bytes: %w: it may have %d", size, ErrTooLarge, maxFrame)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(p.r, data); err != nil {
		return nil, fmt.Errorf("a frame of %d bytes: %w", size, io.ErrUnexpectedEOF)
	}
	return data, nil
}

// sendJob sends a request whole.
func (p pipe) sendJob(r Request) error {
	head := job{Timeout: r.Timeout, Messages: len(r.Messages), Explain: r.Explain, Trial: r.Trial}
	return p.sendAll(head, append([][]byte{[]byte(r.Source)}, r.Messages...))
}

// sendTable sends a table whole.
func (p pipe) sendTable(t Table) error {
	sources := make([][]byte, len(t.Rules))
	for i, r := range t.Rules {
		sources[i] = []byte(r.Source)
	}
	return p.sendAll(job{Kind: jobLoad, Table: &t}, sources)
}

// sendMessages sends messages for the table that was loaded.
func (p pipe) sendMessages(k kind, messages [][]byte) error {
	return p.sendAll(job{Kind: k, Messages: len(messages)}, messages)
}

func (p pipe) sendAll(j job, frames [][]byte) error {
	head, err := json.Marshal(j)
	if err != nil {
		return err
	}
	for _, frame := range append([][]byte{head}, frames...) {
		if err := p.write(frame); err != nil {
			return err
		}
	}
	return p.w.Flush()
}

// readJob is the other end of these. It holds the parent to the limits as well. What a job brings is in the Request, or
// in the Table.
func (p pipe) readJob() (job, Request, error) {
	var j job
	head, err := p.read()
	if err != nil {
		return j, Request{}, err
	}
	if err := json.Unmarshal(head, &j); err != nil {
		return j, Request{}, fmt.Errorf("read a job: %w", err)
	}
	if j.Kind == jobLoad {
		return j, Request{}, p.readSources(j.Table)
	}
	if j.Messages < 0 || j.Messages > MaxMessages {
		return j, Request{}, fmt.Errorf("read a job of %d messages: %w", j.Messages, ErrTooLarge)
	}
	r := Request{Timeout: j.Timeout, Explain: j.Explain, Trial: j.Trial, Messages: make([][]byte, j.Messages)}
	if j.Kind == jobEvaluate || j.Kind == jobConfig {
		text, err := p.read()
		if err != nil {
			return j, Request{}, fmt.Errorf("read a source: %w", noEOF(err))
		}
		r.Source = string(text)
	}
	for i := range r.Messages {
		if r.Messages[i], err = p.read(); err != nil {
			return j, Request{}, fmt.Errorf("read message %d of %d: %w", i+1, j.Messages, noEOF(err))
		}
	}
	if j.Kind == jobConfig {
		return j, r, nil
	}
	return j, r, r.check()
}

// readSources reads what sendTable sent behind the head.
func (p pipe) readSources(t *Table) error {
	if t == nil {
		return errors.New("read a table: there is none")
	}
	for i := range t.Rules {
		text, err := p.read()
		if err != nil {
			return fmt.Errorf("read source %d of %d: %w", i+1, len(t.Rules), noEOF(err))
		}
		t.Rules[i].Source = string(text)
	}
	return t.check()
}

// noEOF keeps a pipe that ends within a job apart from one that ends between two.
func noEOF(err error) error {
	if err == io.EOF { //nolint:errorlint // read returns it bare
		return io.ErrUnexpectedEOF
	}
	return err
}

// readAnswer takes what a child says about a request of that many messages.
func (p pipe) readAnswer(messages int) (*answer, error) {
	data, err := p.read()
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	return &a, a.check(messages)
}

func (a *answer) check(messages int) error {
	if a.SourceError == nil && len(a.Response.Results) != messages {
		return fmt.Errorf("read an answer: %d results for %d messages", len(a.Response.Results), messages)
	}
	return nil
}
