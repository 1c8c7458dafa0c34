package frames

import "bytes"

// said are the last blocks that name nothing but places in HPACK's tables, a byte each: until the dynamic table
// changes, such a block says the same again. It needn't be decoded, nor what it says be checked.
type said struct {
	lists [4]list
	next  int
}

type list struct {
	block   []byte // empty: there is none
	head    []Field
	size    int
	checked kind  // as what it was found to be in order
	length  int64 // of the body, that it says then
}

// kind is what a header list is checked as.
type kind uint8

const (
	unchecked kind = iota
	aRequest
	aResponse // not an interim one
	trailing
)

// mostSaid is how long a block may be that is kept.
const mostSaid = 64

// indexed reports whether a block is of indexed fields alone (RFC 7541 section 6.1), of one byte each. It changes no
// table.
func indexed(block []byte) bool {
	for _, b := range block {
		if b <= 0x80 || b == 0xff {
			return false
		}
	}
	return len(block) > 0
}

// find returns the list of a block; nil where it isn't there.
func (s *said) find(block []byte) *list {
	for i := range s.lists {
		if l := &s.lists[i]; len(l.block) > 0 && bytes.Equal(l.block, block) {
			return l
		}
	}
	return nil
}

// keep keeps a copy of a list in the place of one that is older.
func (s *said) keep(block []byte, head []Field, size int) *list {
	if len(block) > mostSaid {
		return nil
	}
	l := &s.lists[s.next]
	s.next = (s.next + 1) % len(s.lists)
	*l = list{block: append(l.block[:0], block...), head: append(l.head[:0], head...), size: size}
	return l
}

// forget forgets all: the dynamic table has changed.
func (s *said) forget() {
	for i := range s.lists {
		l := &s.lists[i]
		clear(l.head)
		l.block, l.head = l.block[:0], l.head[:0]
	}
}

// The checks of the list that was decoded, which is in order again where its block was said before.

func (d *decoder) checkRequest() (length int64, valid bool) {
	if l := d.again; l != nil && l.checked == aRequest {
		return l.length, true
	}
	length, valid = checkRequest(d.head)
	d.found(aRequest, length, valid)
	return length, valid
}

func (d *decoder) checkResponse() (interim, valid bool) {
	if l := d.again; l != nil && l.checked == aResponse {
		return false, true
	}
	interim, valid = checkResponse(d.head)
	d.found(aResponse, -1, valid && !interim)
	return interim, valid
}

func (d *decoder) checkTrailers() (valid bool) {
	if l := d.again; l != nil && l.checked == trailing {
		return true
	}
	valid = checkTrailers(d.head)
	d.found(trailing, -1, valid)
	return valid
}

// found notes what came of a check.
func (d *decoder) found(as kind, length int64, valid bool) {
	if l := d.again; l != nil && valid {
		l.checked, l.length = as, length
	}
}
