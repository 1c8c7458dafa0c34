package frames

import "encoding/binary"

// Types of frames, flags and settings (RFC 9113 sections 6 and 6.5.2).
const (
	typeData = iota
	typeHeaders
	typePriority
	typeReset
	typeSettings
	typePushPromise
	typePing
	typeGoAway
	typeWindowUpdate
	typeContinuation
)

const (
	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

const (
	settingTableSize = 1 + iota
	settingEnablePush
	settingStreams
	settingWindow
	settingFrameSize
	settingHeaders
)

const (
	// Preface is what a client says first (RFC 9113 section 3.4).
	Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

	headerLen     = 9
	maxFrame      = 16 << 10 // that we take, and send
	maxWindow     = 1<<31 - 1
	initialWindow = 1<<16 - 1
	maxID         = 1<<31 - 1
)

// header is that of a frame.
type header struct {
	length int
	kind   uint8
	flags  uint8
	id     uint32
}

func readHeader(p []byte) header {
	return header{
		length: int(p[0])<<16 | int(p[1])<<8 | int(p[2]), kind: p[3], flags: p[4],
		id: binary.BigEndian.Uint32(p[5:]) & maxID,
	}
}

func appendHeader(to []byte, length int, kind, flags uint8, id uint32) []byte {
	return append(to, byte(length>>16), byte(length>>8), byte(length), kind, flags,
		byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
}

func appendReset(to []byte, id uint32, code Code) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(to, 4, typeReset, 0, id), uint32(code))
}

func appendWindowUpdate(to []byte, id uint32, n int) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(to, 4, typeWindowUpdate, 0, id), uint32(n))
}

func appendGoAway(to []byte, last uint32, code Code, text string) []byte {
	to = appendHeader(to, 8+len(text), typeGoAway, 0, 0)
	to = binary.BigEndian.AppendUint32(to, last)
	to = binary.BigEndian.AppendUint32(to, uint32(code))
	return append(to, text...)
}

func appendSetting(to []byte, id uint16, value int) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(to, id), uint32(value))
}
