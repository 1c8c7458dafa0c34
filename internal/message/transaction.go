package message

import "encoding/binary"

// AppendTransaction appends what a SIP request's retransmissions have in common with it, and nothing else has (RFC 3261
// section 17.2.3): the top Via's branch and sent-by, the CSeq and the method; and besides, in case that a phone makes
// its branches badly, the Call-ID and the EdgePort. It reports false for a response, and where one of the first is
// missing.
func (r *Request) AppendTransaction(out []byte) (key []byte, ok bool) {
	if r.Form() != SIPRequest {
		return out, false
	}
	list := viaField.ListIn(r.sip())
	via, there := list.Next()
	branch, _ := branchField.In(via)
	cseq := r.CSeq()
	if !there || len(branch) == 0 || len(cseq) == 0 {
		return out, false
	}
	host, _ := hostField.In(via)
	port, _ := portField.In(via)
	out = binary.AppendVarint(out, int64(r.Method()))
	out = binary.AppendVarint(out, int64(portField.IntOf(port)))
	for _, part := range [][]byte{branch, host, cseq, r.CallID(), r.Str(Root, edgePortRefField)} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out, true
}

// CallID returns the message's Call-ID, else the request's ref, which EdgePorts make of it.
func (r *Request) CallID() []byte {
	if id := r.Str(callIDPlace, callIDField); len(id) > 0 {
		return id
	}
	return r.Str(Root, refField)
}

// SenderHost returns the host that the EdgePort got the message from.
func (r *Request) SenderHost() []byte { return r.Str(senderPlace, senderHost) }

// EdgePort returns the bytes of EdgePortRef.
func (r *Request) EdgePort() []byte { return r.Str(Root, edgePortRefField) }

// sip returns the SIP message in its wire form; nil where there is none.
func (r *Request) sip() []byte { return r.Str(Root, sipPlace.Field()) }

var (
	viaField        = sipPlace.Type().Field("via")
	branchField     = viaField.Type.Field("branch")
	hostField       = viaField.Type.Field("host")
	portField       = viaField.Type.Field("port")
	extensionsField = sipPlace.Type().Field("extensions")
	extensionName   = extensionsField.Type.Field("name")
	extensionValue  = extensionsField.Type.Field("value")
	senderPlace, _  = Root.Child("sender")
	senderHost      = senderPlace.Type().Field("host")
	callIDPlace, _  = sipPlace.Child("callId")
	callIDField     = callIDPlace.Type().Field("callId")
)
