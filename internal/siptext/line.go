package siptext

import "strings"

// line is a header, or the start line, as it is when its folded lines are put together.
type line struct {
	text   string
	pieces []piece
}

// piece is what one line of the text adds to a header.
type piece struct {
	at   int    // where it begins in the header
	from int    // where it begins in the message's text
	raw  string // as it is there
	tcp  bool   // carriage returns in it don't count
}

// add appends a line of the text, whose bytes from skip on are raw's.
func (ln *line) add(text, raw string, from int, tcp bool) {
	ln.pieces = append(ln.pieces, piece{len(ln.text), from, raw, tcp})
	ln.text += text
}

// piece returns the piece that a byte of the header is in.
func (ln *line) piece(at int) piece {
	p := ln.pieces[0]
	for _, next := range ln.pieces[1:] {
		if next.at <= at {
			p = next
		}
	}
	return p
}

// ranges returns where a place of the header begins and ends in the message's text.
func (ln *line) ranges(at place) (from, to int) {
	p := ln.piece(at.from)
	from = p.from + p.offset(at.from-p.at)
	if at.to <= at.from {
		return from, from
	}
	p = ln.piece(at.to - 1)
	return from, p.from + p.offset(at.to-p.at)
}

// offset returns where a byte of the decoded piece is in the raw one.
func (p piece) offset(at int) int {
	i := 0
	for i < len(p.raw) && at > 0 {
		n := 1
		switch rest := p.raw[i:]; {
		case p.tcp && rest[0] == '\r':
			at++
		default:
			n = charLen(rest)
			at -= len(decode(rest[:n])) - 1
		}
		i += n
		at--
	}
	return min(i, len(p.raw))
}

// lineEnds finds the end of the line that begins at from, and where the next one begins. Over a stream a carriage return
// is nothing; in a datagram it ends a line too. ok is false where the line has no end.
func lineEnds(text string, from int, tcp bool) (end, next int, ok bool) {
	ends := "\r\n"
	if tcp {
		ends = "\n"
	}
	n := strings.IndexAny(text[from:], ends)
	if n < 0 {
		return len(text), len(text), false
	}
	end, next = from+n, from+n+1
	if text[end] == '\r' && next < len(text) && text[next] == '\n' {
		next++
	}
	return end, next, true
}
