package message

// Request is a MessageRequest in its wire form. The zero value is an empty request; Parse makes one of foreign bytes.
type Request struct {
	raw  []byte // as it came
	view []byte // what is read: raw, or raw with repeated singular messages merged into one

	scanned uint32            // bit p: seen and slots of place p are filled
	seen    [numPlaces]uint32 // by place: bit n: field number n is there; bit 0: the place is
	slots   [numSlots]span    // by place and field number: where the value is, if seen

	headersRead     bool // cseq and userAgent are what the headers hold
	cseq, userAgent []byte
}

// Parse checks that data is a well-formed MessageRequest, down to its last message, of at most MaxElements, and returns
// it as a Request, which keeps data. A string that isn't UTF-8 is not an error. The error is an *Error or a
// *LimitError.
func Parse(data []byte) (*Request, error) {
	r := new(Request)
	if err := r.Parse(data); err != nil {
		return nil, err
	}
	return r, nil
}

// Parse is the function Parse into a Request that may have been in use before: it allocates nothing for a message that
// is as its schema says.
func (r *Request) Parse(data []byte) error {
	if err := fits(RequestSchema, data); err != nil {
		return err
	}
	return r.parse(data)
}

func (r *Request) parse(data []byte) error {
	view, err := check(RequestSchema, data)
	if err != nil {
		return err
	}
	r.Reset(data)
	r.view = view
	return nil
}

// Reset makes r the request of data, which must have passed Parse before, with nothing remembered. It allows a
// Request to be used again without allocating.
func (r *Request) Reset(data []byte) {
	r.raw, r.view, r.scanned = data, data, 0
	r.headersRead, r.cseq, r.userAgent = false, nil, nil
}

// Bytes returns the request as it came. The caller must not change them.
func (r *Request) Bytes() []byte { return r.raw }

// Ref returns the request's ref, which is the Call-ID.
func (r *Request) Ref() string { return string(r.Str(Root, refField)) }

// EdgePortRef returns the ref of the EdgePort that the message came to.
func (r *Request) EdgePortRef() string { return string(r.Str(Root, edgePortRefField)) }

// Method returns the request's method.
func (r *Request) Method() Method { return Method(r.Int(Root, methodField)) }

// Form returns whether the message is a SIP request or a SIP response, or neither.
func (r *Request) Form() Form { return form(r.At(sipPlace)) }

func form(sip Object) Form {
	switch {
	case sip.Has(requestURIField):
		return SIPRequest
	case sip.Has(responseTypeField):
		return SIPResponse
	}
	return NoForm
}

// HasMessage reports whether the request carries a SIP message at all.
func (r *Request) HasMessage() bool { return r.Present(sipPlace) }

// ResponseType returns the status of a SIP response, 0 where the message isn't one.
func (r *Request) ResponseType() ResponseType {
	return ResponseType(r.Int(sipPlace, responseTypeField))
}

// IsError reports whether the message is a SIP response other than OK and RINGING (contract section 3).
func (r *Request) IsError() bool {
	if !r.Has(sipPlace, responseTypeField) {
		return false
	}
	t := r.ResponseType()
	return t != okResponse && t != ringingResponse
}

// Present reports whether the message at p is there; a rule sees null where it isn't.
func (r *Request) Present(p Place) bool {
	return r.fields(p)&1 != 0
}

// Has reports whether field f, of p's type, is on the wire. It is false where p itself isn't there.
func (r *Request) Has(p Place, f *Field) bool { return r.fields(p)&(1<<uint(f.Number)) != 0 }

// At returns the message at p, empty where it isn't there: see Present.
func (r *Request) At(p Place) Object {
	seen := r.fields(p)
	return Object{typ: places[p].typ, data: r.view, seen: seen, slots: r.slots[places[p].base:]}
}

// Str is At(p).Str(f).
func (r *Request) Str(p Place, f *Field) []byte {
	text, _ := r.Text(p, f)
	return text
}

// Text returns the bytes of a string field of the message at p, and whether that message is there. They are nil where
// the field isn't set.
func (r *Request) Text(p Place, f *Field) (text []byte, there bool) {
	seen := r.fields(p)
	if seen&(1<<uint32(f.Number)) == 0 { // a field's number
		return nil, seen&1 != 0
	}
	s := r.slots[places[p].base+int(f.Number)]
	return r.view[s.start:s.end], true
}

// Int is At(p).Int(f).
func (r *Request) Int(p Place, f *Field) int32 {
	piece, _ := r.Text(p, f)
	if len(piece) == 1 { // most often
		return int32(piece[0])
	}
	return f.IntOf(piece)
}

// fields returns which field numbers of p are on the wire, scanning for them the first time.
func (r *Request) fields(p Place) uint32 {
	if r.scanned&(1<<p) == 0 {
		r.scan(p)
	}
	return r.seen[p]
}

// scan finds the fields of the message at p.
func (r *Request) scan(p Place) {
	info := &places[p]
	r.scanned |= 1 << p
	within := span{0, uint32(len(r.view))} // Parse refuses more than 4 GiB
	if p != Root {
		if !r.Has(info.parent, info.field) {
			r.seen[p] = 0
			return
		}
		within = r.slots[places[info.parent].base+int(info.field.Number)]
	}
	r.seen[p] = 1 | scan(info.typ, r.view, within, r.slots[info.base:])
}

// The fields that the dispatcher itself reads.
var (
	refField         = RequestSchema.Field("ref")
	edgePortRefField = RequestSchema.Field("edgePortRef")
	methodField      = RequestSchema.Field("method")

	sipPlace, _       = Root.Child("message")
	responseTypeField = sipPlace.Type().Field("responseType")
	requestURIField   = sipPlace.Type().Field("requestUri")
)

const (
	ringingResponse ResponseType = 2
	okResponse      ResponseType = 7
)
