package siptext

import (
	"sort"
	"strings"
)

// line is a header, or the start line, as it is when its folded lines are put together.
type line struct {
	text   string // set by whole
	parts  []string
	size   int
	pieces []piece
}

// piece is what one line of the text adds to a header.
type piece struct {
	at   int     // where it begins in the header
	from int     // where it begins in the message's text
	raw  string  // as it is there
	tcp  bool    // carriage returns in it don't count
	same bool    // it is the same as in the header
	ends []int32 // where in raw each byte of the header ends, where it isn't the same; made when asked for
}

// add appends a line of the text; raw, which begins at from, is how it is there.
func (ln *line) add(text, raw string, from int, tcp bool) {
	ln.pieces = append(ln.pieces, piece{at: ln.size, from: from, raw: raw, tcp: tcp,
		same: strings.HasPrefix(raw, text)})
	ln.parts = append(ln.parts, text)
	ln.size += len(text)
}

// whole puts the line together, when all of it is there.
func (ln *line) whole() *line {
	ln.text = strings.Join(ln.parts, "")
	return ln
}

// offset returns where in the raw piece the first at bytes of the header's end.
func (p *piece) offset(at int) int {
	if p.same || at <= 0 {
		return max(0, min(at, len(p.raw)))
	}
	if p.ends == nil {
		for i := 0; i < len(p.raw); {
			n := charLen(p.raw[i:])
			i += n
			if p.tcp && p.raw[i-n] == '\r' {
				continue
			}
			for range len(decode(p.raw[i-n : i])) {
				p.ends = append(p.ends, int32(i))
			}
		}
	}
	return int(p.ends[min(at, len(p.ends))-1])
}

// piece returns the piece that a byte of the header is in.
func (ln *line) piece(at int) *piece {
	i := sort.Search(len(ln.pieces), func(i int) bool { return ln.pieces[i].at > at })
	return &ln.pieces[max(0, i-1)]
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

// lineEnds finds the end of the line that begins at from, and where the next one begins. Over a stream a carriage
// return is nothing; in a datagram it ends a line too. ok is false where the line has no end.
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
