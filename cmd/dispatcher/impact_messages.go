package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/sample"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// messageFile is where the messages come from that configurations are compared by.
type messageFile struct {
	name    string
	in      io.Reader // nil: the built-in samples
	close   func()
	total   int   // 0 where it isn't known
	last    int   // only that many; 0: all
	without int   // decisions that hold no message
	broken  int   // lines that are no JSON, as a disk that was full leaves them
	first   error // of the first of them
}

func openMessages(path string, last int, s streams) (_ *messageFile, err error) {
	f := &messageFile{name: path, close: func() {}, last: last}
	switch path {
	case "":
		f.total = len(sample.All())
		return f, nil
	case "-":
		f.name = stdinName
		f.in, err = s.take()
		return f, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &usageError{fmt.Errorf("read the messages: %w", err)}
	}
	f.in, f.close = file, func() { _ = file.Close() } // only read
	if f.total, err = lines(file); err != nil {
		f.close()
		return nil, fmt.Errorf("read the messages: %w", err)
	}
	if last > 0 {
		f.total = min(f.total, last)
	}
	return f, nil
}

// lines counts them, and goes back to the first.
func lines(file *os.File) (int, error) {
	buf, n := make([]byte, 1<<16), 0
	for {
		got, err := file.Read(buf)
		n += bytes.Count(buf[:got], []byte("\n"))
		if errors.Is(err, io.EOF) {
			_, err = file.Seek(0, io.SeekStart)
			return n, err
		}
		if err != nil {
			return 0, err
		}
	}
}

// each returns the messages, or the last of them.
func (f *messageFile) each() iter.Seq2[impact.Message, error] {
	all := f.lines
	if f.in == nil {
		all = samples
	}
	if f.last == 0 {
		return all
	}
	return func(yield func(impact.Message, error) bool) {
		var ring []impact.Message
		for m, err := range all {
			if err != nil {
				yield(m, err)
				return
			}
			if ring = append(ring, m); len(ring) > 2*f.last {
				ring = append(ring[:0], ring[len(ring)-f.last:]...)
			}
		}
		for _, m := range ring[max(0, len(ring)-f.last):] {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func samples(yield func(impact.Message, error) bool) {
	for _, m := range sample.All() {
		read := func() ([]byte, error) { return proto.Marshal(m.Request) }
		if !yield(impact.Message{ID: m.Name, Read: read}, nil) {
			return
		}
	}
}

// lines reads a message a line.
func (f *messageFile) lines(yield func(impact.Message, error) bool) {
	in := bufio.NewScanner(f.in)
	in.Buffer(nil, paste.MaxBytes)
	whole := false
	for number := 1; in.Scan(); number++ {
		line := bytes.Clone(bytes.TrimSpace(in.Bytes()))
		if len(line) == 0 {
			continue
		}
		m, kept, err := readLine(line)
		if err != nil && !json.Valid(line) {
			if f.broken++; f.first == nil {
				f.first = f.at(number, err)
			}
			continue
		}
		if err != nil {
			yield(m, f.at(number, err))
			return
		}
		whole = true
		if !kept {
			f.without++
			continue
		}
		read := m.Read
		m.Read = func() ([]byte, error) {
			wire, err := read()
			return wire, f.at(number, err)
		}
		if !yield(m, nil) {
			return
		}
	}
	if err := in.Err(); err != nil {
		yield(impact.Message{}, fmt.Errorf("read %s: %w", f.name, err))
	} else if !whole && f.first != nil { // it is another kind of file
		yield(impact.Message{}, f.first)
	}
}

func (f *messageFile) at(number int, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s:%d: %w", f.name, number, err)
}

// readLine reads a decision, as the sinks write it; a message as rules see it; or one in any form that the admin API
// takes. kept is false for a decision whose message wasn't.
func readLine(line []byte) (m impact.Message, kept bool, err error) {
	var said struct {
		ID, Processor, Code, Error string
		Message                    json.RawMessage
	}
	var form paste.Message
	if err := json.Unmarshal(line, &said); err != nil {
		return m, false, fmt.Errorf("read a decision or a message: %w", err)
	}
	switch {
	case said.Code != "":
		m.ID, m.Was = said.ID, &impact.Outcome{Ref: said.Processor, Code: said.Code, Error: said.Error, Rule: -1}
		if said.Processor != "" { // what a call to it came to is none of the rules' business
			m.Was.Code, m.Was.Error = status.OK.String(), ""
		} else if said.Code == status.NotFound.String() || said.Code == status.InvalidArgument.String() {
			m.Was.Error = ""
		}
		m.Read = func() ([]byte, error) { return paste.FromJSON(said.Message) }
		return m, said.Message != nil, nil
	case said.Message == nil && json.Unmarshal(line, &form) == nil && form.Given():
		m.Read = form.Wire
	default:
		m.Read = func() ([]byte, error) { return paste.FromJSON(line) }
	}
	return m, true, nil
}
