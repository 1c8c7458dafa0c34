package hostile

import (
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// attacks are what one attacker does on one connection, until the server has enough of it or time is up.
var attacks = map[string]func(p *peer){
	"rapid reset": func(p *peer) {
		for id := uint32(1); p.goesOn(); id += 2 {
			p.headers(id, false)
			p.try(p.framer.WriteRSTStream(id, http2.ErrCodeCancel))
		}
	},
	"CONTINUATION flood": func(p *peer) {
		p.try(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block("POST", "")}))
		for p.goesOn() {
			p.try(p.framer.WriteContinuation(1, false, p.encode("x-filler", strings.Repeat("x", 8<<10))))
		}
	},
	"SETTINGS flood": func(p *peer) {
		for p.goesOn() {
			p.try(p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 65535}))
		}
	},
	"PING flood": func(p *peer) {
		for p.goesOn() {
			p.try(p.framer.WritePing(false, [8]byte{}))
		}
	},
	"PING flood whose answers aren't read": func(p *peer) {
		p.deaf.Store(true)
		for p.goesOn() {
			p.try(p.framer.WritePing(false, [8]byte{}))
		}
	},
	"window that stays shut": func(p *peer) {
		p.try(p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}))
		body := p.invite(2 << 10)
		for id := uint32(1); p.goesOn(); id += 2 {
			p.headers(id, false)
			p.try(p.framer.WriteData(id, true, body))
		}
	},
	"oversized header": func(p *peer) {
		for id := uint32(1); p.goesOn(); id += 2 {
			p.headers(id, true)
			p.try(p.framer.WriteRSTStream(id, http2.ErrCodeCancel))
		}
	},
	"HPACK bomb": func(p *peer) { // a large field once, which a byte then stands for
		value := strings.Repeat("x", 3<<10)
		for id := uint32(1); p.goesOn(); id += 2 {
			block := p.block("POST", "")
			for range 4 << 10 {
				block = append(block, p.encode("x-bomb", value)...)
				if len(block) > 12<<10 {
					break
				}
			}
			p.try(p.framer.WriteHeaders(http2.HeadersFrameParam{
				StreamID: id, BlockFragment: block, EndStream: true, EndHeaders: true,
			}))
		}
	},
	"endless body": func(p *peer) {
		p.headers(1, false)
		for p.goesOn() {
			p.try(p.framer.WriteData(1, false, make([]byte, 16<<10)))
		}
	},
	"PRIORITY flood": func(p *peer) {
		for p.goesOn() {
			p.try(p.framer.WritePriority(1, http2.PriorityParam{StreamDep: 3, Weight: 7}))
		}
	},
	"WINDOW_UPDATE flood": func(p *peer) {
		p.headers(1, false)
		for i := uint32(0); p.goesOn(); i++ {
			p.try(p.framer.WriteWindowUpdate(i%2, 1))
		}
	},
	"empty DATA flood": func(p *peer) {
		p.headers(1, false)
		for p.goesOn() {
			p.try(p.framer.WriteData(1, false, nil))
		}
	},
	"padding flood": func(p *peer) {
		p.headers(1, false)
		for p.goesOn() {
			p.try(p.framer.WriteDataPadded(1, false, nil, make([]byte, 255)))
		}
	},
	"unknown frames": func(p *peer) {
		for p.goesOn() {
			p.try(p.framer.WriteRawFrame(0xbe, 0xff, 7, []byte("whatever")))
		}
	},
	"windows of many streams changed without end": func(p *peer) {
		for id := uint32(1); id < 2*2000 && p.goesOn(); id += 2 {
			p.headers(id, false)
		}
		changes := make([]http2.Setting, 2730) // as many as a frame holds
		for i := range changes {
			changes[i] = http2.Setting{ID: http2.SettingInitialWindowSize, Val: uint32(i)}
		}
		for p.goesOn() {
			p.try(p.framer.WriteSettings(changes...))
		}
	},
	"streams that aren't finished, more than allowed": func(p *peer) {
		body := p.invite(2 << 10)
		for id := uint32(1); p.goesOn(); id += 2 {
			p.headers(id, false)
			p.try(p.framer.WriteData(id, false, body[:len(body)/2]))
		}
	},
	"streams that the server has to reset": func(p *peer) {
		body := p.invite(100)
		for id := uint32(1); p.goesOn(); id += 2 {
			p.headers(id, false)
			p.try(p.framer.WriteData(id, true, body))
			p.try(p.framer.WriteData(id, true, body)) // after the end
		}
	},
	"lies about the length": func(p *peer) {
		body := p.invite(100)
		for id := uint32(1); p.goesOn(); id += 2 {
			block := append(p.block("POST", ""), p.encode("content-length", strconv.Itoa(len(body)-int(id%9)))...)
			p.try(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndHeaders: true}))
			p.try(p.framer.WriteData(id, true, body))
		}
	},
	"large answers that aren't read": func(p *peer) {
		p.deaf.Store(true)
		p.try(p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1}))
		p.try(p.framer.WriteWindowUpdate(0, 1<<30))
		for id := uint32(1); p.goesOn(); id += 2 {
			p.call(id, routrpbconnect.ProcessorProcessMessageProcedure)
			p.body(id, p.invite(32<<10))
		}
	},
	"a window of a byte at a time": func(p *peer) {
		const streams = 500
		p.try(p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}))
		for id := uint32(1); id < 2*streams; id += 2 {
			p.headers(id, false)
			p.body(id, p.invite(100))
		}
		for i := uint32(0); p.goesOn(); i++ {
			p.try(p.framer.WriteWindowUpdate(2*(i%streams)+1, 1))
		}
	},
	"GOAWAY in the middle": func(p *peer) {
		for id := uint32(1); p.goesOn(); id += 2 {
			p.headers(id, false)
			p.body(id, p.invite(100))
			p.try(p.framer.WriteGoAway(0, http2.ErrCodeNo, nil))
		}
	},
	"connections that are half closed": func(p *peer) {
		for id := uint32(1); id < 2*50; id += 2 {
			p.headers(id, false)
			p.body(id, p.invite(100))
		}
		p.headers(101, false) // which isn't finished
		if tcp, ok := p.conn.(*net.TCPConn); ok {
			p.try(tcp.CloseWrite())
		}
		time.Sleep(20 * time.Millisecond)
	},
	"a header list that isn't finished": func(p *peer) {
		p.try(p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.block("POST", "")}))
		for p.goesOn() {
			time.Sleep(20 * time.Millisecond)
		}
	},
}

// invite is the body of a call: a whole message with its prefix.
func (p *peer) invite(size int) []byte {
	data, err := proto.Marshal(&routrpb.MessageRequest{Ref: "attacker", Method: routrpb.Method_INVITE,
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "a", Host: "sip.local"}},
			CallId:      &routrpb.CallID{CallId: "attacker"}, Body: strings.Repeat("x", size),
		}})
	p.try(err)
	return enveloped(0, data)
}

// body sends one in frames that the server takes; windows are as they come.
func (p *peer) body(id uint32, body []byte) {
	for len(body) > 16<<10 {
		p.try(p.framer.WriteData(id, false, body[:16<<10]))
		body = body[16<<10:]
	}
	p.try(p.framer.WriteData(id, true, body))
}
