package frames

import "golang.org/x/net/http2/hpack"

// decoder makes header lists of blocks. One goroutine uses it.
type decoder struct {
	hpack  *hpack.Decoder
	head   []Field
	limit  int
	size   int  // of the list, as RFC 9113 section 6.5.2 counts it
	large  bool // it is above the limit
	packed int  // bytes of the block
	said   said
	again  *list // in said, which the list is a copy of; nil where it isn't there

	// The block that is being read, where it goes on in CONTINUATION.
	open  bool
	id    uint32
	end   bool
	parts int
	self  bool // it depends on itself
}

// FieldBytes is what a field counts for beside its name and value (RFC 9113 section 6.5.2).
const FieldBytes = 32

// maxParts is how many frames a header block may come in.
const maxParts = 64

func (d *decoder) init(limit int) {
	d.limit = limit
	d.hpack = hpack.NewDecoder(tableSize, d.field)
	d.hpack.SetMaxStringLength(limit)
}

func (d *decoder) begin(h header) {
	clear(d.head)
	d.head, d.size, d.large, d.packed, d.parts = d.head[:0], 0, false, 0, 0
	d.again = nil
	d.open, d.id, d.end, d.self = true, h.id, h.flags&flagEndStream != 0, false
	d.hpack.SetEmitEnabled(true)
}

func (d *decoder) field(f hpack.HeaderField) {
	if d.size += len(f.Name) + len(f.Value) + FieldBytes; d.size > d.limit {
		d.large = true
		d.hpack.SetEmitEnabled(false) // only the table is kept right
		return
	}
	d.head = append(d.head, Field(f))
}

// add takes a part of the block; the error ends the connection.
func (d *decoder) add(part []byte, last bool) error {
	d.packed += len(part)
	if d.parts++; d.parts > maxParts || d.packed > d.limit+maxFrame {
		return broken(EnhanceYourCalm, "a header block is too long")
	}
	whole := last && d.parts == 1
	if whole && d.saidBefore(part) {
		return nil
	}
	if _, err := d.hpack.Write(part); err != nil {
		return broken(CompressionError, "a header block: "+err.Error())
	}
	if !indexed(part) {
		d.said.forget() // the table may have changed
	}
	if !last {
		return nil
	}
	d.open = false
	if err := d.hpack.Close(); err != nil {
		return broken(CompressionError, "a header block: "+err.Error())
	}
	if whole && indexed(part) && !d.large {
		d.again = d.said.keep(part, d.head, d.size)
	}
	return nil
}

// saidBefore takes a block that was said before, and reports whether it was.
func (d *decoder) saidBefore(block []byte) bool {
	d.again = d.said.find(block)
	if d.again == nil {
		return false
	}
	d.head, d.size, d.open = append(d.head, d.again.head...), d.again.size, false
	return true
}
