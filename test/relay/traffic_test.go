package relay

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// traffic are requests as EdgePorts made them, 1,000 and more.
func traffic(t *testing.T) (all [][]byte) {
	t.Helper()
	for _, name := range []string{
		"../../internal/siptext/testdata/traffic.jsonl.gz", "../../internal/siptext/testdata/edgeport.jsonl.gz",
		"../../internal/message/testdata/messages.jsonl",
	} {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close() // only read
		var from io.Reader = file
		if strings.HasSuffix(name, ".gz") {
			if from, err = gzip.NewReader(file); err != nil {
				t.Fatal(err)
			}
		}
		lines := bufio.NewScanner(from)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var line struct{ Request, Protobuf []byte }
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if request := append(line.Request, line.Protobuf...); len(request) > 0 {
				all = append(all, request)
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 800 {
		t.Fatalf("%d requests", len(all))
	}
	return all
}

// TestRealTrafficIsCarriedAlike sends what EdgePorts sent, and the same cut and with other bytes in it.
func TestRealTrafficIsCarriedAlike(t *testing.T) {
	n := startNetwork(t)
	random := rand.New(rand.NewPCG(1, 2))
	var calls []call
	for i, request := range traffic(t) {
		calls = append(calls, process(fmt.Sprint("whole ", i), request))
		calls = append(calls, process(fmt.Sprint("cut ", i), request[:random.IntN(len(request))]))
		broken := append([]byte(nil), request...)
		for range 1 + random.IntN(3) {
			broken[random.IntN(len(broken))] = byte(random.IntN(256))
		}
		c := process(fmt.Sprint("broken ", i), broken)
		c.size = 1 + random.IntN(400)
		calls = append(calls, c)
	}
	allRelayed(t, compare(t, n, n.spec(t), inTurn(calls)))
}
