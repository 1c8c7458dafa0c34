package siptext

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// TestWrittenMessagesReadBack writes what an EdgePort made of every text of the corpus, and reads it back: the same
// message, byte for byte.
func TestWrittenMessagesReadBack(t *testing.T) {
	for _, c := range corpus(t) {
		if c.Request == nil {
			continue
		}
		req := &routrpb.MessageRequest{}
		if err := proto.Unmarshal(c.Request, req); err != nil {
			t.Fatal(err)
		}
		text, exact := Write(req)
		back := mustRead(t, text, Options{Now: november})
		if proto.Equal(back.Request.GetMessage(), req.GetMessage()) != exact {
			t.Errorf("%s: exact is %t", c.ID, exact)
		}
		if !exact {
			t.Errorf("%s doesn't read back:", c.ID)
			compare(t, text, &routrpb.SIPMessage{}, must(proto.Marshal(req.GetMessage())), back.Request.GetMessage())
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
