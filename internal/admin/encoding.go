package admin

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/server"
)

const (
	// leastPacked is how many bytes of JSON are worth compressing.
	leastPacked = 1 << 10
	// packersAtOnce is how many answers are compressed at once: each takes some 800 kB, which the budget doesn't count.
	packersAtOnce = 2
)

// packers are what compresses answers.
type packers chan *gzip.Writer

func newPackers() packers {
	all := make(packers, packersAtOnce)
	for range packersAtOnce {
		w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // the level exists
		}
		all <- w
	}
	return all
}

// pack compresses a body. It waits for its turn, and returns nil where the caller leaves.
func (all packers) pack(ctx context.Context, body []byte) []byte {
	var w *gzip.Writer
	select {
	case w = <-all:
	case <-ctx.Done():
		return nil
	}
	defer func() { all <- w }()
	var out bytes.Buffer
	out.Grow(len(body) / 4)
	w.Reset(&out)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// packed compresses JSON for who takes that.
func (a *answer) packed(contentType string, body []byte) []byte {
	if len(body) < leastPacked || !strings.HasSuffix(contentType, "json") || !server.TakesGzip(a.r.Header) {
		return body
	}
	packed := a.packers.pack(a.r.Context(), body)
	if packed == nil || len(packed) >= len(body) {
		return body
	}
	a.Header().Set("Content-Encoding", "gzip")
	return packed
}

// unchanged tags an answer to GET by its content, and reports whether the caller has it already. The tag is a weak one:
// it is the same for the compressed answer.
func (a *answer) unchanged(status int, body []byte) bool {
	if status != http.StatusOK || a.r.Method != http.MethodGet && a.r.Method != http.MethodHead {
		return false
	}
	tag := a.Header().Get("Etag")
	if tag == "" {
		sum := sha256.Sum256(body)
		tag = `W/"` + hex.EncodeToString(sum[:12]) + `"`
		a.Header().Set("Etag", tag)
	}
	return matches(a.r.Header.Values("If-None-Match"), tag)
}

// matches reports whether a list of entity tags has one, weak or not (RFC 9110, section 8.8.3.2).
func matches(list []string, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for one := range strings.SplitSeq(strings.Join(list, ","), ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// keepable lets the caller keep an answer that holds no data, if it asks each time whether it is still the same.
func keepable(w http.ResponseWriter) { w.Header().Set("Cache-Control", "private, no-cache") }
