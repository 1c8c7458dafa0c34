package message

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
)

// Parts are the parts of a message that say who sends it to whom, in their wire form, which PartyIn and the like
// read. They are found without looking into them.
type Parts struct{ RequestURI, From, To, Sender, Via []byte } // the top Via

// Parts returns parts of the request; nil for what isn't there.
func (r *Request) Parts() (p Parts) {
	sip := r.At(sipPlace)
	p.RequestURI, p.From, p.To = sip.piece(requestURIField), sip.piece(fromField), sip.piece(toField)
	p.Sender = r.At(Root).piece(senderField)
	vias := sip.List(viaField)
	p.Via, _ = vias.Next()
	return p
}

// Party is where a message comes from or goes to. The slices are parts of what it was read from.
type Party struct {
	User, Host []byte
	Port       int32 // not positive where there is none
}

// PartyIn reads the RequestURI of Parts.
func PartyIn(uri []byte) (p Party) {
	p.User, _ = userField.In(uri)
	p.Host, _ = uriHostField.In(uri)
	port, _ := uriPortField.In(uri)
	p.Port = uriPortField.IntOf(port)
	return p
}

// AddressIn reads the From or the To of Parts.
func AddressIn(header []byte) Party {
	address, _ := addressField.In(header) // it has one number in both
	uri, _ := addressURIField.In(address)
	return PartyIn(uri)
}

// SenderIn reads the Sender of Parts: it has no user.
func SenderIn(sender []byte) (from Party, transport int32) {
	from.Host, _ = senderHost.In(sender)
	port, _ := senderPort.In(sender)
	number, _ := senderTransport.In(sender)
	from.Port = senderPort.IntOf(port)
	return from, senderTransport.IntOf(number)
}

// BranchIn reads the Via of Parts.
func BranchIn(via []byte) []byte {
	branch, _ := branchField.In(via)
	return branch
}

// Cut returns parts that say the same in few bytes, with every text as cut makes it.
func (p Parts) Cut(cut func([]byte) []byte) Parts {
	party := func(p Party) (uri []byte) {
		uri = userField.Append(uri, cut(p.User))
		uri = uriHostField.Append(uri, cut(p.Host))
		return uriPortField.Append(uri, protowire.AppendVarint(nil, uint64(p.Port))) // as protobuf has it
	}
	header := func(header []byte) []byte {
		return addressField.Append(nil, addressURIField.Append(nil, party(AddressIn(header))))
	}
	from, transport := SenderIn(p.Sender)
	sender := senderHost.Append(nil, cut(from.Host))
	sender = senderPort.Append(sender, protowire.AppendVarint(nil, uint64(from.Port)))
	sender = senderTransport.Append(sender, protowire.AppendVarint(nil, uint64(transport)))
	return Parts{
		RequestURI: party(PartyIn(p.RequestURI)), From: header(p.From), To: header(p.To), Sender: sender,
		Via: branchField.Append(nil, cut(BranchIn(p.Via))),
	}
}

// TransportName returns the name of a transport, such as UDP; empty for a number that the enum has none for.
func TransportName(n int32) string { return senderTransport.Names[n] }

// CSeq returns the CSeq header, such as "1 INVITE".
func (r *Request) CSeq() []byte {
	r.readHeaders()
	return r.cseq
}

// UserAgent returns the User-Agent header.
func (r *Request) UserAgent() []byte {
	r.readHeaders()
	return r.userAgent
}

// readHeaders finds the first of each of the headers that have no field of their own and that everybody asks for.
func (r *Request) readHeaders() {
	if r.headersRead {
		return
	}
	r.headersRead = true
	for list := r.At(sipPlace).List(extensionsField); r.cseq == nil || r.userAgent == nil; {
		entry, ok := list.Next()
		if !ok {
			return
		}
		switch name := headerName(entry); {
		case len(name) == len(cseqName) && r.cseq == nil && bytes.EqualFold(name, []byte(cseqName)):
			r.cseq = headerValue(entry)
		case len(name) == len(agentName) && r.userAgent == nil && bytes.EqualFold(name, []byte(agentName)):
			r.userAgent = headerValue(entry)
		}
	}
}

const (
	cseqName  = "cseq"
	agentName = "user-agent"
)

// headerName returns the name of an extension. Most begin with it, and a value follows that ends them.
func headerName(entry []byte) []byte {
	const nameTag, valueTag = 1<<3 | 2, 2<<3 | 2 // see the proto
	if len(entry) > 2 && entry[0] == nameTag && entry[1] < 0x80 {
		end := 2 + int(entry[1])
		if end+2 <= len(entry) && entry[end] == valueTag && entry[end+1] < 0x80 &&
			end+2+int(entry[end+1]) == len(entry) {
			return entry[2:end]
		}
	}
	name, _ := extensionName.In(entry)
	return name
}

// headerValue returns the value of an extension, which isn't nil.
func headerValue(entry []byte) []byte {
	if value, ok := extensionValue.In(entry); ok {
		return value
	}
	return []byte{}
}

var (
	fromField       = sipPlace.Type().Field("from")
	toField         = sipPlace.Type().Field("to")
	addressField    = fromField.Type.Field("address")
	addressURIField = addressField.Type.Field("uri")
	userField       = requestURIField.Type.Field("user")
	uriHostField    = requestURIField.Type.Field("host")
	uriPortField    = requestURIField.Type.Field("port")
	senderField     = senderPlace.Field()
	senderPort      = senderPlace.Type().Field("port")
	senderTransport = senderPlace.Type().Field("transport")
	metadataField   = RequestSchema.Field("metadata")
)
