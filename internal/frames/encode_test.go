package frames

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// hpackPeer reads blocks as x/net does.
type hpackPeer struct {
	decoder *hpack.Decoder
	got     []Field
}

func newHPACKPeer() *hpackPeer {
	p := &hpackPeer{}
	p.decoder = hpack.NewDecoder(tableSize, func(f hpack.HeaderField) { p.got = append(p.got, Field(f)) })
	return p
}

func (p *hpackPeer) read(t testing.TB, block []byte) []Field {
	t.Helper()
	p.got = nil
	if _, err := p.decoder.Write(block); err != nil {
		t.Fatal(err)
	}
	if err := p.decoder.Close(); err != nil {
		t.Fatal(err)
	}
	return p.got
}

func TestBlocksSayWhatTheirListsHoldWhateverSizeTheTableHas(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 7))
		var e encoder
		e.init()
		peer := newHPACKPeer()
		resize := func(to uint32) {
			e.resize(to)
			peer.decoder.SetAllowedMaxDynamicTableSize(min(to, tableSize))
		}
		for n := range 400 {
			for range r.IntN(4) * (r.IntN(20) / 19) { // seldom, and then up to three between two blocks
				resize([]uint32{0, 31, 33, 40, 100, 500, 4095, 4096, 4097, 1 << 31}[r.IntN(10)])
			}
			head := randomHead(r)
			block := e.append(nil, head)
			if got := peer.read(t, block); !slices.Equal(got, head) {
				t.Fatalf("seed %d, list %d: %v was read of %x, which says %v", seed, n, got, block, head)
			}
			if e.size > e.most || len(e.table) > 1+2*tableSize/FieldBytes {
				t.Fatalf("seed %d: %d bytes of %d, in %d entries", seed, e.size, e.most, len(e.table))
			}
		}
	}
}

// randomHead is of few names, and of values that come again and again, or never.
func randomHead(r *rand.Rand) (head []Field) {
	names := []string{
		":status", ":path", ":authority", "content-type", "date", "grpc-status", "x-a", "x-b", "x-long", "te", "via",
	}
	values := []string{"", "0", "200", "404", "/", "gzip, deflate", "\xff\x00 odd", strings.Repeat("l", 900)}
	for range r.IntN(12) {
		f := Field{Name: names[r.IntN(len(names))], Sensitive: r.IntN(8) == 0}
		switch r.IntN(5) {
		case 0:
			f.Value = fmt.Sprint(r.Uint64())
		case 1:
			f.Value = strings.Repeat("x", r.IntN(5_000))
		default:
			f.Value = values[r.IntN(len(values))]
		}
		if r.IntN(40) == 0 {
			f.Name += fmt.Sprint(r.IntN(1_000))
		}
		head = append(head, f)
	}
	return head
}

func TestAListThatWasSaidBeforeCostsAByteAField(t *testing.T) {
	var e encoder
	e.init()
	peer := newHPACKPeer()
	lists := [][]Field{
		{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/grpc"}, {Name: "date"}},
		{{Name: "grpc-status", Value: "0"}},
	}
	for n := range 70 { // more dates than there is room for: what was there first goes, and comes back
		lists[0][2].Value = strings.Repeat(string(rune('0'+n)), 29)
		for range 3 {
			for _, list := range lists {
				if got := peer.read(t, e.append(nil, list)); !slices.Equal(got, list) {
					t.Fatalf("%v was read, not %v", got, list)
				}
			}
		}
		for _, list := range lists {
			if block := e.append(nil, list); len(block) != len(list) || !slices.Equal(peer.read(t, block), list) {
				t.Fatalf("date %d: %v is %x", n, list, block)
			}
		}
	}
}

func TestWhatMayNotBeIndexedIsKeptNowhere(t *testing.T) {
	var e encoder
	e.init()
	secret := []Field{{Name: "authorization", Value: "Bearer 1", Sensitive: true}}
	first, second := e.append(nil, secret), e.append(nil, secret)
	if string(first) != string(second) || len(e.table) > 0 || first[0]&0xf0 != 0x10 {
		t.Errorf("%x, then %x, and %v is kept", first, second, e.table)
	}
}

func BenchmarkHead(b *testing.B) {
	head := []Field{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"},
		{Name: ":path", Value: "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage"},
		{Name: ":authority", Value: "127.0.0.1:51904"}, {Name: "content-type", Value: "application/grpc"},
		{Name: "user-agent", Value: "routr grpc-go/1.77.0"}, {Name: "te", Value: "trailers"},
		{Name: "grpc-accept-encoding", Value: "gzip"}, {Name: "grpc-timeout", Value: "29999999u", Sensitive: true},
	}
	var e encoder
	e.init()
	var block []byte
	b.ReportAllocs()
	for b.Loop() {
		block = e.append(block[:0], head)
	}
}
