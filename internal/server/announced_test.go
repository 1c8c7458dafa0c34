package server

import (
	"bytes"
	"testing"

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
