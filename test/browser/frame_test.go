//go:build screenshots

package browser

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// noon is the time at which the dispatcher of every picture began.
var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

var moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// frame is what stands between a browser and a dispatcher.
type frame struct {
	*httptest.Server
	locked atomic.Bool // it doesn't give the token of the dispatcher, so that the page asks for it
}

// framed stands between a browser and a dispatcher, and has what differs from run to run be the same in each picture:
// the clock, the addresses, and where the configuration lies.
func framed(t *testing.T, d *dispatcher, names *strings.Replacer) *frame {
	t.Helper()
	to, err := url.Parse("http://" + d.addr)
	if err != nil {
		t.Fatal(err)
	}
	shift := noon.Sub(time.Now().Truncate(time.Second))
	f := &frame{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Header.Del("Accept-Encoding")
		r.Out.Header.Del("Origin")
		if !f.locked.Load() {
			r.Out.Header.Set("Authorization", "Bearer "+officeToken)
		}
	}}
	proxy.FlushInterval = -1
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Set("Date", time.Now().Add(shift).UTC().Format(http.TimeFormat))
		kind := r.Header.Get("Content-Type")
		if regexp.MustCompile("json|event-stream|yaml|text/plain").MatchString(kind) {
			r.Header.Del("Content-Length")
			later := func(s string) string { return shifted(s, shift) }
			r.Body = rewritten(r.Body, func(line string) string {
				return names.Replace(moment.ReplaceAllStringFunc(line, later))
			})
		}
		return nil
	}
	f.Server = httptest.NewUnstartedServer(proxy)
	const documented = "127.0.0.1:51901"
	if l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", documented); err == nil {
		_ = f.Listener.Close() // it was never used
		f.Listener = l
	}
	f.Start()
	return f
}

func shifted(s string, by time.Duration) string {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return s
	}
	return at.Add(by).Format(time.RFC3339Nano)
}

// rewritten changes a body line by line, each as it comes.
func rewritten(body io.ReadCloser, change func(string) string) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		defer body.Close()
		lines := bufio.NewReader(body)
		for {
			line, err := lines.ReadString('\n')
			if _, closed := io.WriteString(w, change(line)); closed != nil {
				return
			}
			if err != nil {
				w.CloseWithError(err)
				return
			}
		}
	}()
	return r
}
