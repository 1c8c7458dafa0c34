package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"sync/atomic"
)

// announced reads along what a client of HTTP/2 says before anything else: how large header lists it takes. net/http
// keeps that to itself. What passes isn't changed. Below TLS there is nothing to read.
type announced struct {
	start []byte // what came so far
	over  bool   // there is nothing more to look for
	// The first line names no version of HTTP. net/http would answer in HTTP/1.1, which is no end of a connection to
	// whoever meant to speak HTTP/2 (RFC 9113 section 3.4).
	foreign bool
	headers atomic.Uint32
	http2   atomic.Bool // the preface was there
}

// What is looked at of HTTP/2 (RFC 9113 sections 3.4, 4.1 and 6.5).
const (
	preface         = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	frameHeader     = 9
	frameSettings   = 4
	setting         = 6 // bytes
	settingsHeaders = 6 // SETTINGS_MAX_HEADER_LIST_SIZE
	mostSettings    = 32
)

// Read is part of net.Conn. One goroutine reads.
func (c *batchConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.says.over {
		if c.says.see(p[:n]); c.says.foreign && c.clear {
			_ = c.Close() // nothing was written
			return 0, net.ErrClosed
		}
	}
	return n, err
}

func (a *announced) see(p []byte) {
	const most = len(preface) + frameHeader + mostSettings*setting
	a.start = append(a.start, p[:min(len(p), most-len(a.start))]...)
	known := min(len(a.start), len(preface))
	if string(a.start[:known]) != preface[:known] {
		if a.line() || len(a.start) == most {
			a.end()
		}
		return
	}
	if known == len(preface) {
		a.http2.Store(true)
	}
	if len(a.start) < len(preface)+frameHeader {
		return
	}
	frame := a.start[len(preface):]
	length := int(frame[0])<<16 | int(frame[1])<<8 | int(frame[2])
	payload := frame[frameHeader:]
	if frame[3] == frameSettings && len(payload) < min(length, mostSettings*setting) {
		return
	}
	if frame[3] == frameSettings {
		a.take(payload[:min(length, len(payload))])
	}
	a.end()
}

// line looks at a first line that isn't of HTTP/2, and reports whether it is whole. A record of TLS is none.
func (a *announced) line() (whole bool) {
	if a.start[0] < ' ' {
		return true
	}
	line, _, whole := bytes.Cut(a.start, []byte("\n"))
	version := line[bytes.LastIndexByte(line, ' ')+1:]
	a.foreign = whole && !bytes.HasPrefix(version, []byte("HTTP/"))
	return whole
}

func (a *announced) take(settings []byte) {
	for ; len(settings) >= setting; settings = settings[setting:] {
		if binary.BigEndian.Uint16(settings) == settingsHeaders {
			a.headers.Store(binary.BigEndian.Uint32(settings[2:]))
		}
	}
}

func (a *announced) end() { a.start, a.over = nil, true }

// taken returns how large a header list may be, and whether that is known.
func (a *announced) taken() (bytes uint32, known bool) {
	bytes = a.headers.Load()
	return bytes, bytes > 0
}

// HeadersTaken returns how large a header list may be that the peer of a request takes whose context ctx is, as RFC
// 9113 section 6.5.2 counts it; false where it isn't known, as over TLS that net/http reads.
func HeadersTaken(ctx context.Context) (bytes uint32, known bool) {
	if headers := peerOf(ctx).headers; headers != nil {
		return headers()
	}
	return 0, false
}
