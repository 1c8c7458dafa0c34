package load

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/sample"
)

// video is what a phone with a camera adds to its offer.
const video = `m=video 40012 RTP/AVP 99 97
b=TIAS:1024000
a=rtpmap:99 H264/90000
a=fmtp:99 profile-level-id=42801F;packetization-mode=1
a=rtpmap:97 VP8/90000
a=rtcp-fb:* ccm fir
a=rtcp-fb:* nack pli
a=extmap:3 urn:3gpp:video-orientation
a=content:main
a=sendrecv
`

// Invite is an INVITE of 1.5 kB, with credentials and an offer of audio and video, in a transaction of its own: another
// one's would be its retransmission. It is from host.
func Invite(branch, host string) ([]byte, error) {
	m, ok := sample.ByName("invite-proxy-authorization")
	if !ok {
		return nil, errors.New("there is no sample invite-proxy-authorization")
	}
	sip := m.Request.GetMessage()
	sip.GetVia()[0].Branch = "z9hG4bK" + branch
	sip.Body += strings.ReplaceAll(video, "\n", "\r\n")
	sip.GetFrom().GetAddress().GetUri().Host = host
	return proto.Marshal(m.Request)
}

// Answer is what the processor answers each request with: an INVITE for the first rule, as one that routes it does, and
// as a middleware hands it on. It is shared.
var Answer = sync.OnceValue(func() []byte {
	request, err := Invite("", Domain(0))
	var m routrpb.MessageRequest
	if err == nil {
		err = proto.Unmarshal(request, &m)
	}
	var answer []byte
	if err == nil {
		answer, err = proto.Marshal(&routrpb.MessageResponse{
			Message: m.GetMessage(), Sender: m.GetSender(), Metadata: m.GetMetadata(),
		})
	}
	if err != nil {
		panic(fmt.Sprintf("the processor's answer: %v", err))
	}
	return answer
})

// sameMessage says whether two answers are the same to who decodes them.
func sameMessage(a, b []byte) bool {
	var one, other routrpb.MessageResponse
	return proto.Unmarshal(a, &one) == nil && proto.Unmarshal(b, &other) == nil && proto.Equal(&one, &other)
}

// Domain is the one that rule n is for.
func Domain(n int) string { return fmt.Sprintf("tenant-%06d.example.com", n) }

// Requests are those of n callers, each with INVITEs from many of the domains of so many rules.
func Requests(n, rules int) (all [][][]byte, err error) {
	const each = 61
	for caller := range n {
		var mine [][]byte
		for i := range each {
			host := Domain(0)
			if rules > 1 { // the first rule changes with each version
				host = Domain(1 + (caller*each+i)*7919%(rules-1)) // 7919 is a prime
			}
			request, err := Invite(fmt.Sprintf("caller%d.%d", caller, i), host)
			if err != nil {
				return nil, err
			}
			mine = append(mine, request)
		}
		all = append(all, mine)
	}
	return all, nil
}
