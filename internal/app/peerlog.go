package app

import (
	"log/slog"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/telemetry"
)

// handshakesPerSecond bounds the lines about TLS handshakes that failed.
const handshakesPerSecond = 10

// peerLog takes what net/http says of peers. That a TLS handshake failed is a warning, as somebody's certificate may be
// wrong; that a connection ended before it began is what probes of load balancers do, and the rest is for debugging. It
// is a writer of lines, safe for concurrent use.
type peerLog struct {
	to         *slog.Logger
	handshakes *telemetry.Ration
}

func newPeerLog(to *slog.Logger) *peerLog {
	return &peerLog{to: to, handshakes: telemetry.NewRation(handshakesPerSecond)}
}

// Write takes one line.
func (l *peerLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	rest, handshake := strings.CutPrefix(text, "http: TLS handshake error from ")
	peer, why, _ := strings.Cut(rest, ": ")
	if !handshake || why == "EOF" || strings.HasSuffix(why, "connection reset by peer") {
		l.to.Debug(text)
		return len(line), nil
	}
	if leftOut, ok := l.handshakes.Take(); ok {
		args := append([]any{"peer", peer, "error", why}, telemetry.LeftOut("handshakesNotLogged", leftOut)...)
		l.to.Warn("a TLS handshake failed", args...)
	}
	return len(line), nil
}
