package hostile

import (
	"net"
	"time"

	"golang.org/x/net/http2"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// What comes of calls.
var (
	echoed      = []string{"echo"}
	timesOut    = []string{"DeadlineExceeded"}
	unusable    = []string{"Internal"}
	unreachable = []string{"Unavailable"}
	// cutOff is what becomes of one that makes noise: it is cut off sooner or later, on one way or the other.
	cutOff = []string{"DeadlineExceeded", "Unavailable", "Internal"}
)

// tricks are the attacks of processors.
var tricks = map[string]*trick{
	"as it should": {ends: echoed, fault: innocent},

	// Windows and settings.
	"a window that is never opened": {
		settings: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 0}}, ends: timesOut, fault: guilty,
	},
	"a window that is never opened for large messages": {
		settings: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 0}}, body: 1 << 20,
		ends: timesOut, fault: guilty,
	},
	"large messages that nobody reads": {
		begins: func(c *foeConn, _ uint32) { c.deaf() }, body: 1 << 20, ends: cutOff, fault: guilty,
	},
	"large messages, and the connection's window stays shut": {
		settings: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1}}, body: 1 << 20,
		ends: timesOut, fault: guilty,
	},
	"a window of a byte at a time": {
		settings: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 0}},
		begins: func(c *foeConn, id uint32) {
			for range 2000 {
				c.try(c.WriteWindowUpdate(id, 1))
			}
		},
		ends: echoed, fault: innocent,
	},
	"windows of 0 and of 2^31-1 while calls run": {
		begins: func(c *foeConn, _ uint32) {
			for range 20 {
				c.try(c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}))
				c.try(c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1}))
			}
		},
		ends: echoed, fault: innocent,
	},
	"a window that is too large": {
		answers: func(c *foeConn, id uint32) {
			c.try(c.WriteWindowUpdate(id, 1<<31-1))
			c.try(c.WriteWindowUpdate(id, 1<<31-1))
		},
		ends: cutOff, fault: guilty,
	},
	"a connection's window that is too large": {
		answers: func(c *foeConn, _ uint32) {
			c.try(c.WriteWindowUpdate(0, 1<<31-1))
			c.try(c.WriteWindowUpdate(0, 1<<31-1))
		},
		ends: cutOff, fault: guilty,
	},
	"no streams at once": {
		settings: []http2.Setting{{ID: http2.SettingMaxConcurrentStreams, Val: 0}}, ends: timesOut, fault: guilty,
	},
	"no streams at once, then one, then many": {
		settings: []http2.Setting{{ID: http2.SettingMaxConcurrentStreams, Val: 0}},
		greets: func(c *foeConn) {
			for n, most := range []uint32{1, 100} {
				c.later(time.Duration(1+n)*100*time.Millisecond, func() {
					c.try(c.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: most}))
				})
			}
		},
		ends: echoed, fault: innocent,
	},
	"tables of 0 and of 4 GiB": {
		answers: func(c *foeConn, id uint32) {
			c.try(c.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 0}))
			c.head(id)
			c.try(c.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 1<<32 - 1}))
			c.data(id, c.echo(id))
			c.try(c.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 0},
				http2.Setting{ID: http2.SettingHeaderTableSize, Val: 1<<32 - 1}))
			c.trailers(id)
		},
		ends: echoed, fault: innocent,
	},
	"headers of a byte at most": {
		settings: []http2.Setting{{ID: http2.SettingMaxHeaderListSize, Val: 1}},
		ends:     []string{"ResourceExhausted", "Internal"}, fault: innocent,
	},
	"settings of an odd length": {
		answers: func(c *foeConn, _ uint32) { c.try(c.WriteRawFrame(http2.FrameSettings, 0, 0, []byte("odd"))) },
		ends:    cutOff, fault: guilty,
	},

	// Floods.
	"1xx flood": {
		answers: func(c *foeConn, id uint32) {
			c.flood(func() { c.block(id, false, ":status", "103", "link", "</a>") })
		},
		ends: cutOff, fault: guilty,
	},
	"PING flood": {
		answers: func(c *foeConn, _ uint32) { c.flood(func() { c.try(c.WritePing(false, [8]byte{})) }) },
		ends:    cutOff, fault: guilty,
	},
	"SETTINGS flood": {
		answers: func(c *foeConn, _ uint32) { c.flood(func() { c.try(c.WriteSettings()) }) },
		ends:    cutOff, fault: guilty,
	},
	"WINDOW_UPDATE flood": {
		answers: func(c *foeConn, id uint32) { c.flood(func() { c.try(c.WriteWindowUpdate(id, 1)) }) },
		ends:    cutOff, fault: guilty,
	},
	"empty DATA flood": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			c.flood(func() { c.try(c.WriteData(id, false, nil)) })
		},
		ends: cutOff, fault: guilty,
	},
	"padding flood": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			c.flood(func() { c.try(c.WriteDataPadded(id, false, nil, make([]byte, 255))) })
		},
		ends: append([]string{"ResourceExhausted"}, cutOff...), fault: either,
	},
	"RST_STREAM flood": {
		answers: func(c *foeConn, id uint32) {
			c.reply(id)
			c.flood(func() { c.try(c.WriteRSTStream(id, http2.ErrCodeCancel)) })
		},
		ends: append(echoed, cutOff...), fault: either,
	},
	"unknown frames": {
		answers: func(c *foeConn, id uint32) {
			c.flood(func() { c.try(c.WriteRawFrame(0xbe, 0xff, id, []byte("whatever"))) })
		},
		ends: cutOff, fault: guilty,
	},
	"GOAWAY flood": {
		answers: func(c *foeConn, _ uint32) { c.flood(func() { c.try(c.WriteGoAway(1<<31-1, http2.ErrCodeNo, nil)) }) },
		ends:    cutOff, fault: either,
	},

	// Header lists.
	"a header list that never ends": {
		answers: func(c *foeConn, id uint32) {
			c.try(c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.encode(":status", "200")}))
			c.flood(func() { c.try(c.WriteContinuation(id, false, c.encode("x-filler", long))) })
		},
		ends: cutOff, fault: guilty,
	},
	"a header list that isn't finished": {
		answers: func(c *foeConn, id uint32) {
			c.try(c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.encode(":status", "200")}))
		},
		ends: cutOff, fault: guilty,
	},
	"a header list that is too large": {
		answers: func(c *foeConn, id uint32) {
			var fields []string
			for range 3000 { // 24 MiB, of which HPACK makes little
				fields = append(fields, "x-filler", long[:3000], "x-b", long)
			}
			c.head(id, fields...)
		},
		ends: cutOff, fault: guilty,
	},
	"a text of 300 kB": {
		answers: func(c *foeConn, id uint32) {
			text := make([]byte, 300<<10)
			for i := range text {
				text[i] = "abcdefgh%"[i%9]
			}
			c.only(id, "grpc-status", "9", "grpc-message", string(text))
		},
		ends: []string{"FailedPrecondition", "Internal", "DeadlineExceeded"}, fault: either,
	},
	"odd codes": {
		answers: func(c *foeConn, id uint32) {
			odd := []string{"-1", "17", "99", "4294967296", "x", "", "00", "1e1"}
			c.only(id, "grpc-status", odd[c.calls%len(odd)])
		},
		ends: []string{"Internal", "Unknown", "Code(17)", "Code(99)", "Code(4294967295)", "Canceled"}, fault: either,
	},
	"capitals in names": {
		answers: func(c *foeConn, id uint32) { c.head(id, "X-Capital", "1"); c.data(id, c.echo(id)); c.trailers(id) },
		ends:    unusable, fault: guilty,
	},

	// Streams.
	"an answer on a stream that was never opened": {
		answers: func(c *foeConn, id uint32) { c.reply(id + 1000) },
		ends:    cutOff, fault: guilty,
	},
	"an answer on a stream of its own": {
		answers: func(c *foeConn, _ uint32) { c.reply(2) },
		ends:    cutOff, fault: guilty,
	},
	"PUSH_PROMISE": {
		answers: func(c *foeConn, id uint32) {
			c.try(c.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, EndHeaders: true,
				BlockFragment: c.encode(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "x")}))
		},
		ends: cutOff, fault: guilty,
	},
	"two answers": {
		answers: func(c *foeConn, id uint32) { c.reply(id); c.reply(id) },
		ends:    echoed, fault: innocent,
	},
	"DATA before HEADERS": {
		answers: func(c *foeConn, id uint32) { c.data(id, c.echo(id)); c.reply(id) },
		ends:    unusable, fault: guilty,
	},
	"DATA of a stream that has ended": {
		answers: func(c *foeConn, id uint32) { c.reply(id); c.data(id, long5) },
		ends:    echoed, fault: innocent,
	},
	"the connection's window used up by what nobody wants": {
		answers: func(c *foeConn, id uint32) {
			c.reply(id)
			for range 3 {
				c.data(id, long5)
			}
		},
		ends: echoed, fault: innocent,
	},
	"END_STREAM that never comes": {
		answers: func(c *foeConn, id uint32) { c.head(id); c.data(id, c.echo(id)) },
		ends:    timesOut, fault: guilty,
	},
	"an answer after the time is up": {
		answers: func(c *foeConn, id uint32) {
			echo := c.echo(id)
			c.later(2200*time.Millisecond, func() { c.head(id); c.data(id, echo); c.trailers(id) })
		},
		ends: timesOut, fault: guilty,
	},
	"END_STREAM without trailers": {
		answers: func(c *foeConn, id uint32) { c.head(id); c.try(c.WriteData(id, true, c.echo(id))) },
		ends:    unusable, fault: guilty,
	},
	"content-length that lies": {
		answers: func(c *foeConn, id uint32) {
			c.head(id, "content-length", "3")
			c.data(id, c.echo(id))
			c.trailers(id)
		},
		ends: echoed, fault: innocent,
	},

	// Messages.
	"byte by byte": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			for _, b := range c.echo(id) {
				c.try(c.WriteData(id, false, []byte{b}))
			}
			c.trailers(id)
		},
		ends: echoed, fault: innocent,
	},
	"padded": {
		answers: func(c *foeConn, id uint32) {
			c.try(c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, PadLength: 255,
				BlockFragment: c.encode(":status", "200", "content-type", "application/grpc")}))
			c.try(c.WriteDataPadded(id, false, c.echo(id), make([]byte, 255)))
			c.trailers(id)
		},
		ends: echoed, fault: innocent,
	},
	"a length that is too long": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			echo := c.echo(id)
			echo[4]++
			c.data(id, echo)
			c.trailers(id)
		},
		ends: unusable, fault: guilty,
	},
	"a length that is too short": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			echo := c.echo(id)
			echo[4]--
			c.data(id, echo)
			c.trailers(id)
		},
		ends: unusable, fault: guilty,
	},
	"compressed, it says": {
		answers: func(c *foeConn, id uint32) {
			c.head(id, "grpc-encoding", "gzip")
			echo := c.echo(id)
			echo[0] = 1
			c.data(id, echo)
			c.trailers(id)
		},
		ends: unusable, fault: either,
	},
	"compressed a thousandfold": {
		answers: func(c *foeConn, id uint32) {
			c.head(id, "grpc-encoding", "gzip")
			c.data(id, bombed)
			c.trailers(id)
		},
		ends: []string{"ResourceExhausted", "Internal", "DeadlineExceeded"}, fault: either,
	},
	"a message above the limit": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			c.data(id, append([]byte{0, 0x7f, 0xff, 0xff, 0xff}, long5...))
		},
		ends: []string{"ResourceExhausted"}, fault: innocent,
	},
	"several messages": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			c.data(id, c.echo(id))
			c.data(id, c.echo(id))
			c.trailers(id)
		},
		ends: unusable, fault: either,
	},
	"a message of nonsense": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			c.data(id, enveloped(0, []byte("\xff\xff\xff nonsense")))
			c.trailers(id)
		},
		ends: []string{"Internal"}, fault: either,
	},

	// Ends of streams.
	"RST_STREAM of all kinds at all times": {
		answers: func(c *foeConn, id uint32) {
			if c.calls%2 == 1 {
				c.head(id)
			}
			if c.calls%4 == 3 {
				c.data(id, c.echo(id)[:7])
			}
			c.try(c.WriteRSTStream(id, http2.ErrCode(c.calls%16)))
		},
		ends: []string{"Internal", "Unavailable", "ResourceExhausted", "Canceled", "DeadlineExceeded"}, fault: either,
	},
	"RST_STREAM before the message came": {
		begins: func(c *foeConn, id uint32) { c.try(c.WriteRSTStream(id, http2.ErrCodeInternal)) },
		ends:   []string{"Internal", "Unavailable"}, fault: either,
	},
	"REFUSED_STREAM for ever": {
		answers: func(c *foeConn, id uint32) { c.try(c.WriteRSTStream(id, http2.ErrCodeRefusedStream)) },
		ends:    unreachable, fault: innocent,
	},

	// Ends of connections.
	"GOAWAY at once": {
		greets: func(c *foeConn) { c.try(c.WriteGoAway(0, http2.ErrCodeNo, nil)) },
		ends:   []string{"Unavailable", "DeadlineExceeded"}, fault: either,
	},
	"GOAWAY of nothing for every call": {
		answers: func(c *foeConn, _ uint32) {
			c.try(c.WriteGoAway(0, http2.ErrCodeNo, nil))
			c.later(10*time.Millisecond, func() { c.Close() })
		},
		ends: []string{"Unavailable", "DeadlineExceeded"}, fault: either,
	},
	"GOAWAY after every second call": {
		answers: func(c *foeConn, id uint32) {
			c.reply(id)
			if c.calls%2 == 0 {
				c.try(c.WriteGoAway(id, http2.ErrCodeNo, nil))
				c.leave()
			}
		},
		ends: echoed, fault: innocent,
	},
	"GOAWAY, and then silence": {
		answers: func(c *foeConn, id uint32) { c.try(c.WriteGoAway(id, http2.ErrCodeNo, nil)) },
		ends:    timesOut, fault: guilty,
	},
	"a side that is closed": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			c.rawly("")
			if tcp, ok := c.raw.(*net.TCPConn); ok {
				c.try(tcp.CloseWrite())
			}
		},
		ends: unreachable, fault: guilty,
	},
	"a reset of TCP in the middle of a frame": {
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			c.rawly(string([]byte{0, 0, 100, 0, 0, 0, 0, byte(id >> 8), byte(id), 0, 0, 0, 0, 80}))
			peertest.Reset(c.raw)
		},
		ends: unreachable, fault: guilty,
	},
	"garbage": {
		answers: func(c *foeConn, _ uint32) { c.rawly("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff") },
		ends:    cutOff, fault: guilty,
	},
	"HTTP/1.1 in the middle": {
		answers: func(c *foeConn, _ uint32) { c.rawly("HTTP/1.1 400 Bad Request\r\n\r\n") },
		ends:    cutOff, fault: guilty,
	},
	"TLS that ends in the middle": {
		secure: true,
		answers: func(c *foeConn, id uint32) {
			c.head(id)
			c.rawly("\x17\x03\x03\x01\x00 half a record")
			c.raw.Close()
		},
		ends: unreachable, fault: guilty,
	},
	"garbage within TLS": {
		secure:  true,
		answers: func(c *foeConn, _ uint32) { c.rawly("\x17\x03\x03\x00\x20" + long[:32]) },
		ends:    unreachable, fault: guilty,
	},

	// Connections that are of no use from the beginning.
	"silence":            {preface: (*foeConn).silent, ends: append(timesOut, unreachable...), fault: either},
	"a preface of drops": {preface: drops, ends: append(timesOut, unreachable...), fault: either},
	"HTTP/1.1":           {preface: (*foeConn).http1, ends: unreachable, fault: either},
	"a close at once":    {preface: func(*foeConn) {}, ends: unreachable, fault: either},

	// The same for whoever connects besides.
	"silence to a second connection": {preface: (*foeConn).silent, later: true, ends: echoed, fault: innocent},
	"a preface of drops for a second connection": {
		preface: drops, later: true, ends: echoed, fault: innocent,
	},
	"HTTP/1.1 on a second connection": {preface: (*foeConn).http1, later: true, ends: echoed, fault: innocent},
	"a second connection is closed at once": {
		preface: func(*foeConn) {}, later: true, ends: echoed, fault: innocent,
	},
}

var (
	// long5 is a body of 32 KiB.
	long5  = make([]byte, 32<<10)
	bombed = enveloped(1, gzipped(make([]byte, 8<<20)))
)

// http1 answers as a server of HTTP/1.1.
func (c *foeConn) http1() {
	c.rawly("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
}

// drops says SETTINGS byte by byte, and no more than half of it.
func drops(c *foeConn) {
	c.foe.wait.Go(func() {
		for _, b := range []byte{0, 0, 6, 4, 0} {
			c.rawly(string([]byte{b}))
			time.Sleep(50 * time.Millisecond)
		}
	})
	c.silent()
}
