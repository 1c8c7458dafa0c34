package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// TestWhatAPeerAnnouncesIsSeenHoweverItIsCut reads it byte by byte, and all at once.
func TestWhatAPeerAnnouncesIsSeenHoweverItIsCut(t *testing.T) {
	frames := func(write func(*http2.Framer) error) string {
		var buf bytes.Buffer
		if err := write(http2.NewFramer(&buf, nil)); err != nil {
			t.Fatal(err)
		}
		return buf.String()
	}
	settings := func(all ...http2.Setting) string {
		return frames(func(f *http2.Framer) error { return f.WriteSettings(all...) })
	}
	headers := http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: 4096}
	window := http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20}
	many := make([]http2.Setting, 1000)
	for i := range many {
		many[i] = window
	}
	for name, c := range map[string]struct {
		sent string
		want uint32
		over bool
	}{
		"nothing":             {"", 0, false},
		"part of the preface": {preface[:10], 0, false},
		"HTTP/1.1":            {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0, true},
		"almost HTTP/2":       {"PRI * HTTP/2.1\r\n\r\n", 0, true},
		"a record of TLS":     {"\x16\x03\x01\x02\x00", 0, true},
		"no settings":         {preface + settings(), 0, true},
		"another setting":     {preface + settings(window), 0, true},
		"the setting":         {preface + settings(headers), 4096, true},
		"among others":        {preface + settings(window, headers, window), 4096, true},
		"with more behind": {preface + settings(headers) + frames(func(f *http2.Framer) error {
			return f.WritePing(false, [8]byte{})
		}), 4096, true},
		"first of very many": {preface + settings(append([]http2.Setting{headers}, many...)...), 4096, true},
		"part of settings":   {preface + settings(headers)[:12], 0, false},
		"no settings at all": {preface + frames(func(f *http2.Framer) error {
			return f.WritePing(false, [8]byte{})
		}), 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			var whole, pieces announced
			whole.see([]byte(c.sent))
			for i := range len(c.sent) {
				if !pieces.over {
					pieces.see([]byte(c.sent[i : i+1]))
				}
			}
			for _, a := range []*announced{&whole, &pieces} {
				if a.headers.Load() != c.want || a.over != c.over || len(a.start) > 300 {
					t.Errorf("%d, over: %t, %d bytes are kept", a.headers.Load(), a.over, len(a.start))
				}
			}
		})
	}
}

// TestWhatIsNoHTTPEndsTheConnectionAtOnce sends first lines, and looks for an answer.
func TestWhatIsNoHTTPEndsTheConnectionAtOnce(t *testing.T) {
	s := serve(t, Options{Handler: http.NotFoundHandler()})
	for says, answered := range map[string]string{
		"INVALID CONNECTION PREFACE\r\n\r\n": "", "EHLO\n": "",
		"A line that is longer than what is looked at first\n":   "",
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n": "HTTP/1.1 404 Not Found",
		"GET / HTTP/9.1\r\nHost: x\r\n\r\n":                      "HTTP/1.1 505 HTTP Version Not Supported",
		"GET / HTTP/\r\nHost: x\r\n\r\n":                         "HTTP/1.1 400 Bad Request",
	} {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, says); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second)) // it is open
		text, err := io.ReadAll(conn)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after %q the connection stays open", says)
		}
		if line, _, _ := strings.Cut(string(text), "\r\n"); strings.Split(line, ":")[0] != answered {
			t.Errorf("%q is answered with %q, want %q", says, line, answered)
		}
	}
}
