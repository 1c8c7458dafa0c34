package decision

import (
	"net"
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// head is who a message is from and what it is, so that lists and ladders need no message. Parts of the message are
// copied as they are, while that is at hand; they are read and masked when somebody asks.
type head struct {
	text         []byte // the parts, one behind the other; a buffer that is used again
	ends         [headParts]uint16
	long         bool // a part was too long, and wasn't taken: see shorten
	responseType message.ResponseType
}

// The parts of a head.
const (
	uriPart = iota
	fromPart
	toPart
	senderPart
	viaPart
	cseqPart
	agentPart
	headParts
)

const (
	maxPart  = 384     // bytes of a part, as it came
	maxShown = 128     // bytes of what is shown of one
	maxTaken = 1 << 10 // bytes of a longer text that are masked before it is cut
)

// read takes down what a message is.
func (h *head) read(req *message.Request) {
	h.responseType = req.ResponseType()
	h.takeAll(req.Parts(), req.CSeq(), req.UserAgent())
}

func (h *head) takeAll(p message.Parts, cseq, agent []byte) {
	h.text, h.long = h.text[:0], false
	h.take(uriPart, p.RequestURI)
	h.take(fromPart, p.From)
	h.take(toPart, p.To)
	h.take(senderPart, p.Sender)
	h.take(viaPart, p.Via)
	h.take(cseqPart, cseq)
	h.take(agentPart, agent)
}

func (h *head) take(n int, part []byte) {
	if len(part) > maxPart {
		h.long, part = true, nil
	}
	h.text = append(h.text, part...)
	h.ends[n] = uint16(len(h.text)) // at most headParts*maxPart
}

func (h *head) part(n int) []byte {
	start := uint16(0)
	if n > 0 {
		start = h.ends[n-1]
	}
	if int(h.ends[n]) > len(h.text) {
		return nil // the zero head
	}
	return h.text[start:h.ends[n]]
}

// shorten takes the parts down once more where one is too long: texts are masked and cut.
func (h *head) shorten(request []byte) {
	req, err := message.Parse(request)
	if err != nil { // it was parsed before
		return
	}
	h.takeAll(req.Parts().Cut(shortText), shortText(req.CSeq()), shortText(req.UserAgent()))
}

// shortText masks a text that is too long, and cuts it. What is left of several fits into a part.
func shortText(text []byte) []byte {
	if len(text) <= maxShown {
		return text
	}
	start := visible.Start(text, maxTaken)
	masked := message.AppendUTF8(nil, hider(starred).text(start))
	return []byte(shortened(string(masked), maxShown-maxNote, len(text)-len(start)))
}

// branch tells transactions apart: FNV-1a, the same in every process; 0 for none.
func (h *head) branch() uint64 {
	text := message.BranchIn(h.part(viaPart))
	if len(text) == 0 {
		return 0
	}
	sum := uint64(14695981039346656037)
	for _, c := range text {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	return sum
}

// shownHead is a head as it may leave.
type shownHead struct{ requestURI, from, to, cseq, sender, branch, userAgent string }

// head masks a head.
func (m *Mask) head(h *head) shownHead {
	s := shownHead{
		requestURI: m.address(message.PartyIn(h.part(uriPart)), uriPlace),
		from:       m.address(message.AddressIn(h.part(fromPart)), fromPlace),
		to:         m.address(message.AddressIn(h.part(toPart)), toPlace),
		sender:     m.sender(h), cseq: m.header(h.part(cseqPart), cseqPlace),
		userAgent: m.header(h.part(agentPart), agentPlace),
	}
	if branch := h.branch(); branch != 0 && !m.hides(branchPlace) {
		s.branch = strconv.FormatUint(branch, 16)
	}
	return s
}

// address is user@host:port.
func (m *Mask) address(p message.Party, user headPlace) string {
	var buf [256]byte
	text := append(buf[:0], m.unless(p.User, user)...)
	if len(text) > 0 {
		text = append(text, '@')
	}
	text = append(text, m.unless(p.Host, user+1)...)
	if p.Port > 0 && len(text) > 0 {
		text = strconv.AppendInt(append(text, ':'), int64(p.Port), 10)
	}
	return shownText(hider(starred).text(text))
}

// user is the user of an address.
func (m *Mask) user(p message.Party, place headPlace) string {
	return shownText(hider(starred).text(m.unless(p.User, place)))
}

// sender is host:port/transport.
func (m *Mask) sender(h *head) string {
	from, transport := message.SenderIn(h.part(senderPart))
	if len(from.Host) == 0 {
		return ""
	}
	text := shownText(hider(starred).text(m.unless(from.Host, senderPlace)))
	if from.Port > 0 {
		text = net.JoinHostPort(text, strconv.Itoa(int(from.Port)))
	}
	return text + "/" + message.TransportName(transport)
}

func (m *Mask) header(value []byte, place headPlace) string {
	return shownText(hider(starred).value(m.unless(value, place)))
}

// unless is a text, or stars where its place is hidden.
func (m *Mask) unless(text []byte, place headPlace) []byte {
	if len(text) > 0 && m.hides(place) {
		return []byte(stars)
	}
	return text
}

func (m *Mask) hides(place headPlace) bool { return m != nil && m.places[place] }

// shownText makes well-formed UTF-8 of a masked text, and cuts it.
func shownText(text []byte) string {
	if len(text) <= maxShown && message.IsASCII(text) {
		return string(text)
	}
	return visible.Cut(message.AppendUTF8(nil, text), maxShown)
}
