package relay

import (
	"io"
	"strings"

	"golang.org/x/net/http2"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// oddActs are the ways to answer.
var oddActs = withResets(map[string]func(c *oddConn){
	"as it should": func(c *oddConn) { c.head(); c.send(false, c.answer); c.done() },
	"fields it keeps": func(c *oddConn) {
		c.head("x-a", "1", "x-b-bin", "AAE")
		c.send(false, c.answer)
		c.done("x-c", "2")
	},
	"byte by byte": func(c *oddConn) {
		c.head()
		for _, b := range c.answer {
			c.send(false, []byte{b})
		}
		c.done()
	},
	"padded": func(c *oddConn) {
		c.wrote(c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.id, EndHeaders: true, PadLength: 99,
			BlockFragment: c.encode(":status", "200", "content-type", "application/grpc")}))
		c.wrote(c.framer.WriteDataPadded(c.id, false, c.answer, make([]byte, 200)))
		c.wrote(c.framer.WriteDataPadded(c.id, false, nil, make([]byte, 255)))
		c.done()
	},
	"empty frames": func(c *oddConn) {
		c.head()
		for range 100 {
			c.send(false, nil)
		}
		c.send(false, c.answer)
		c.done()
	},
	"by CONTINUATION": func(c *oddConn) {
		c.head()
		c.send(false, c.answer)
		block := c.encode("grpc-status", "0", "x-long", strings.Repeat("x", 500))
		c.wrote(c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.id, EndStream: true,
			BlockFragment: block[:3]}))
		for rest := block[3:]; len(rest) > 0; {
			part := rest[:min(len(rest), 100)]
			rest = rest[len(part):]
			c.wrote(c.framer.WriteContinuation(c.id, len(rest) == 0, part))
		}
	},
	"after 100 and 103": func(c *oddConn) {
		c.block(false, ":status", "100")
		c.block(false, ":status", "103", "link", "</a>")
		c.head()
		c.send(false, c.answer)
		c.done()
	},
	"with settings between": func(c *oddConn) {
		c.head()
		c.wrote(c.framer.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 20},
			http2.Setting{ID: http2.SettingHeaderTableSize, Val: 0}, http2.Setting{ID: 0x99, Val: 7}))
		c.wrote(c.framer.WritePing(false, [8]byte{1}))
		c.wrote(c.framer.WriteRawFrame(0x99, 0xff, c.id, []byte("unknown")))
		c.wrote(c.framer.WritePriority(c.id, http2.PriorityParam{StreamDep: 0, Weight: 3}))
		c.send(false, c.answer)
		c.done()
	},
	"trailers only":         func(c *oddConn) { c.only("grpc-status", "9", "grpc-message", "no%20way: %E2%82%AC") },
	"trailers only that ok": func(c *oddConn) { c.only("grpc-status", "0") },
	"no status":             func(c *oddConn) { c.head(); c.send(false, c.answer); c.block(true, "x-other", "1") },
	"no trailers":           func(c *oddConn) { c.head(); c.send(true, c.answer) },
	"status of letters": func(c *oddConn) {
		c.head()
		c.send(false, c.answer)
		c.block(true, "grpc-status", "OK")
	},
	"status 99":            func(c *oddConn) { c.only("grpc-status", "99", "grpc-message", "ninety-nine") },
	"status below 0":       func(c *oddConn) { c.only("grpc-status", "-1", "grpc-message", "below") },
	"text of no UTF-8":     func(c *oddConn) { c.only("grpc-status", "3", "grpc-message", "%FF%zz%4 %") },
	"details of no base64": func(c *oddConn) { c.only("grpc-status", "3", "grpc-status-details-bin", "!!!") },
	"nothing":              func(c *oddConn) { c.head(); c.done() },
	// More of an answer than one message isn't among these: it is judged at once, and it is a matter of luck whether
	// grpc-go takes the processor to have answered.
	"half a message":    func(c *oddConn) { c.head(); c.send(false, c.answer[:len(c.answer)-1]); c.done() },
	"half a prefix":     func(c *oddConn) { c.head(); c.send(false, c.answer[:3]); c.done() },
	"a length of 4 GiB": func(c *oddConn) { c.head(); c.send(false, []byte{0, 255, 255, 255, 255, 1}) },
	"an error after the message": func(c *oddConn) {
		c.head()
		c.send(false, c.answer)
		c.block(true, "grpc-status", "13", "grpc-message", "after all")
	},
	"404 of HTML": func(c *oddConn) {
		c.block(false, ":status", "404", "content-type", "text/html")
		c.send(true, []byte("<h1>404</h1>"))
	},
	"401": func(c *oddConn) { c.block(true, ":status", "401") },
	"403": func(c *oddConn) { c.block(true, ":status", "403") },
	"429": func(c *oddConn) { c.block(true, ":status", "429") },
	"502": func(c *oddConn) { c.block(true, ":status", "502") },
	"503 with a gRPC status": func(c *oddConn) {
		c.block(true, ":status", "503", "content-type", "application/grpc", "grpc-status", "5")
	},
	"200 of JSON": func(c *oddConn) {
		c.block(false, ":status", "200", "content-type", "application/json")
		c.send(true, []byte("{}"))
	},
	"no content-type": func(c *oddConn) { c.block(false, ":status", "200"); c.send(false, c.answer); c.done() },
	"a reset without error after the answer": func(c *oddConn) {
		c.head()
		c.send(false, c.answer)
		c.done()
		c.reset(http2.ErrCodeNo)
	},
	"a header of 6 kB": func(c *oddConn) {
		c.head("x-long", strings.Repeat("x", 6<<10))
		c.send(false, c.answer)
		c.done()
	},
	"a text of 6 kB": func(c *oddConn) {
		c.only("grpc-status", "3", "grpc-message", strings.Repeat("é%25", 1<<10))
	},
})

// withResets adds the ways to end a stream with an error, before an answer and within it.
func withResets(acts map[string]func(c *oddConn)) map[string]func(c *oddConn) {
	for code := http2.ErrCodeNo; code <= http2.ErrCodeHTTP11Required; code++ {
		if code == http2.ErrCodeRefusedStream { // grpc-go makes another attempt by itself, so there may be one more
			continue
		}
		acts["reset "+code.String()] = func(c *oddConn) { c.reset(code) }
		acts["header, reset "+code.String()] = func(c *oddConn) { c.head(); c.reset(code) }
		acts["message, reset "+code.String()] = func(c *oddConn) { c.head(); c.send(false, c.answer); c.reset(code) }
	}
	return acts
}

// lastActs end the connection.
var lastActs = map[string]func(c *oddConn){
	"it closes":          func(c *oddConn) { c.closes() },
	"it resets":          func(c *oddConn) { peertest.Reset(c.Conn) },
	"header, it closes":  func(c *oddConn) { c.head(); c.closes() },
	"message, it closes": func(c *oddConn) { c.head(); c.send(false, c.answer); c.closes() },
	"answer, it closes":  func(c *oddConn) { c.head(); c.send(false, c.answer); c.done(); c.closes() },
	"GOAWAY, then answer": func(c *oddConn) {
		c.goAway(c.id, 0)
		c.head()
		c.send(false, c.answer)
		c.done()
		c.closes()
	},
	"GOAWAY of an error": func(c *oddConn) { c.goAway(c.id, http2.ErrCodeInternal); c.closes() },
	"a frame too large": func(c *oddConn) {
		c.wrote(c.framer.WriteRawFrame(http2.FrameData, 0, c.id, make([]byte, 1<<20)))
	},
	"bytes that are no HPACK": func(c *oddConn) {
		c.wrote(c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.id, EndHeaders: true,
			BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}))
	},
	"a header cut by another frame": func(c *oddConn) {
		c.wrote(c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.id, BlockFragment: c.encode(":status",
			"200")}))
		c.wrote(c.framer.WritePing(false, [8]byte{}))
	},
	"DATA of stream 0": func(c *oddConn) { c.wrote(c.framer.WriteData(0, false, []byte("x"))) },
	"text":             func(c *oddConn) { _, _ = io.WriteString(c.Conn, "HTTP/1.1 400 Bad Request\r\n\r\n") },
}
