package peertest

import "encoding/binary"

// Script makes HTTP/2 of what a fuzzer comes up with: most of it well-formed frames, some nearly, some noise.
type Script struct {
	First   uint32   // id of the first stream that is meant; others are a few after it
	Blocks  [][]byte // header lists as HPACK has them, without a table
	Message []byte   // a body that makes sense

	rest []byte
	out  []byte
	last int // where the last frame begins in out
}

// maxScript bounds what a script becomes.
const maxScript = 256 << 10

// Frames returns what a text stands for: each step is a byte that says what, and as many more as that needs.
func (s *Script) Frames(text []byte) []byte {
	s.rest, s.out, s.last = text, nil, 0
	for len(s.rest) > 0 && len(s.out) < maxScript {
		s.step(s.next())
	}
	return s.out
}

// Literal is a header list in HPACK: names and values one after another, without a table (RFC 7541 section 6.2.2).
func Literal(fields ...string) (block []byte) {
	for i := 0; i < len(fields); i += 2 {
		block = append(block, 0, byte(len(fields[i])))
		block = append(append(append(block, fields[i]...), byte(len(fields[i+1]))), fields[i+1]...)
	}
	return block
}

func (s *Script) next() (b byte) {
	if len(s.rest) > 0 {
		b, s.rest = s.rest[0], s.rest[1:]
	}
	return b
}

// bytes takes up to n bytes.
func (s *Script) bytes(n int) (b []byte) {
	n = min(n, len(s.rest))
	b, s.rest = s.rest[:n], s.rest[n:]
	return b
}

func (s *Script) number() uint32 {
	var b [4]byte
	copy(b[:], s.bytes(4))
	return binary.BigEndian.Uint32(b[:])
}

// stream is mostly one that is meant.
func (s *Script) stream() uint32 {
	if n := uint32(s.next()); n < 248 {
		return s.First + n%8*2
	} else if n < 252 {
		return 0
	}
	return s.number()
}

// The types and flags of frames (RFC 9113 section 6).
const (
	frameData, frameHeaders, framePriority, frameReset, frameSettings = 0, 1, 2, 3, 4
	framePing, frameGoAway, frameWindow, frameContinuation            = 6, 7, 8, 9

	flagEndHeaders = 4
)

func (s *Script) frame(kind, flags byte, stream uint32, payload []byte) {
	s.last = len(s.out)
	n := len(payload)
	s.out = append(s.out, byte(n>>16), byte(n>>8), byte(n), kind, flags)
	s.out = append(binary.BigEndian.AppendUint32(s.out, stream), payload...)
}

func (s *Script) step(what byte) {
	how := what >> 4
	end := how & 1
	switch what & 15 {
	case 0, 1:
		s.frame(frameHeaders, flagEndHeaders|end, s.stream(), s.block())
	case 2:
		id, block := s.stream(), s.block()
		cut := min(len(block), int(s.next()))
		s.frame(frameHeaders, end, id, block[:cut])
		s.frame(frameContinuation, flagEndHeaders, id, block[cut:])
	case 3, 4:
		s.frame(frameData, end, s.stream(), s.Message)
	case 5:
		s.frame(frameData, end|how&2<<2, s.stream(), s.bytes(int(s.next())))
	case 6:
		s.frame(frameReset, 0, s.stream(), s.bytes(4))
	case 7:
		s.frame(frameSettings, end, 0, s.bytes(6*int(how)))
	case 8:
		s.frame(framePing, end, 0, s.bytes(8))
	case 9:
		s.frame(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(
			binary.BigEndian.AppendUint32(nil, s.stream()), s.number()))
	case 10:
		s.frame(frameWindow, 0, s.stream(), binary.BigEndian.AppendUint32(nil, s.number()))
	case 11:
		s.frame(framePriority, 0, s.stream(), s.bytes(5))
	case 12:
		s.frame(s.next(), s.next(), s.stream(), s.bytes(int(s.next())))
	case 13:
		s.out = append(s.out, s.bytes(int(s.next()))...)
	case 14:
		again := s.out[s.last:]
		for n := int(s.next()); n > 0 && len(s.out) < maxScript; n-- {
			s.out = append(s.out, again...)
		}
	case 15:
		s.frame(frameHeaders, flagEndHeaders|end, s.stream(), s.bytes(int(s.next())))
	}
}

func (s *Script) block() []byte { return s.Blocks[int(s.next())%len(s.Blocks)] }
