package frames

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// TestBlocksThatComeAgainSayWhatTheySayNow has an encoder of x/net's say few lists again and again, while its table
// changes between them in every way that there is.
func TestBlocksThatComeAgainSayWhatTheySayNow(t *testing.T) {
	again := 0
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 11))
		var d decoder
		d.init(64 << 10)
		var block bytes.Buffer
		encoder := hpack.NewEncoder(&block)
		for n := range 1_500 {
			head := []Field{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/grpc"}}
			if r.IntN(2) == 0 {
				head = []Field{{Name: "grpc-status", Value: fmt.Sprint(r.IntN(3))}}
			}
			switch r.IntN(60) {
			case 0:
				encoder.SetMaxDynamicTableSize(uint32([]int{0, 40, 100, 4096}[r.IntN(4)]))
			case 1, 2, 3:
				head = append(head, Field{Name: "x-new", Value: fmt.Sprint(r.IntN(1_000_000))})
			case 4:
				head = append(head, Field{Name: "x-secret", Value: "1", Sensitive: true})
			}
			block.Reset()
			for _, f := range head {
				_ = encoder.WriteField(hpack.HeaderField(f)) // a buffer takes all
			}
			d.begin(header{id: 1})
			parts := 1 + r.IntN(20)/19
			for i, b := 0, block.Bytes(); i < parts; i++ {
				cut := len(b) * (i + 1) / parts
				if err := d.add(b[len(b)*i/parts:cut], i+1 == parts); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(d.head, head) || d.open {
				t.Fatalf("seed %d, list %d: %x was read as %v, and says %v", seed, n, block.Bytes(), d.head, head)
			}
			if _, valid := d.checkResponse(); valid != (head[0].Name == ":status") {
				t.Fatalf("%v is a response: %t", head, valid)
			}
			if valid := d.checkTrailers(); valid != (head[0].Name != ":status") {
				t.Fatalf("%v are trailers: %t", head, valid)
			}
			if d.again != nil {
				again++
			}
		}
	}
	if again < 3_000 {
		t.Errorf("%d blocks were known", again)
	}
}

func TestALongBlockIsntKept(t *testing.T) {
	var d decoder
	d.init(64 << 10)
	for range 2 {
		d.begin(header{id: 1})
		if err := d.add(bytes.Repeat([]byte{0x88}, mostSaid+1), true); err != nil {
			t.Fatal(err)
		}
		if d.again != nil || len(d.head) != mostSaid+1 {
			t.Errorf("%d fields, kept: %t", len(d.head), d.again != nil)
		}
	}
}
