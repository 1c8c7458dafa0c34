// Package web holds the console: what `make web` builds of web/src into web/dist, which is committed, so that Go alone
// builds the program. Package admin mounts it.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/server"
)

// Policy is the Content-Security-Policy that the console works under: nothing comes from elsewhere, no text becomes
// markup or script.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

const page = "index.html"

// site is a build of the console, ready to be sent.
type site struct {
	hash   string // of all files
	assets map[string]asset
}

// asset is a file of the console. Its bytes are shared by all answers.
type asset struct {
	kind            string // the Content-Type
	plain, squeezed []byte
}

// Handler serves the console's page at / and its files under /assets/HASH/, where HASH is that of all of them: what a
// browser keeps under that name never changes. It asks nobody who they are: the files hold no data.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s := current()
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Etag", `"`+s.hash+`"`)
		s.send(w, r, page)
	})
	mux.HandleFunc("GET /assets/{hash}/{name}", func(w http.ResponseWriter, r *http.Request) {
		s := current()
		if r.PathValue("hash") != s.hash {
			http.NotFound(w, r) // of another build: the page that asks is an old one
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		s.send(w, r, r.PathValue("name"))
	})
	return mux
}

// embedded is read and compressed once, when the first browser asks.
var embedded = sync.OnceValue(func() *site { return read(files) })

// read makes a site of a folder. What it reads is part of the program, so it panics where that can't be read.
func read(dir fs.FS) *site {
	s := &site{assets: map[string]asset{}}
	sum := sha256.New()
	names, err := fs.Glob(dir, "*")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(sum, name+"\x00") // a hash takes everything
		_, _ = sum.Write(b)
		s.assets[name] = asset{kind: mime.TypeByExtension(path.Ext(name)), plain: b, squeezed: squeeze(b)}
	}
	s.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	if p, ok := s.assets[page]; ok {
		p.plain = bytes.Replace(p.plain, []byte(program), []byte(s.preloads()+program), 1)
		p.plain = bytes.ReplaceAll(p.plain, []byte("/assets/"), []byte("/assets/"+s.hash+"/"))
		p.squeezed = squeeze(p.plain)
		s.assets[page] = p
	}
	return s
}

func squeeze(b []byte) []byte {
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		panic(err) // the level exists
	}
	_, _ = z.Write(b) // a buffer takes everything
	_ = z.Close()
	return buf.Bytes()
}

func (s *site) send(w http.ResponseWriter, r *http.Request, name string) {
	a, ok := s.assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Content-Security-Policy", Policy)
	h.Set("Vary", "Accept-Encoding")
	if h.Get("Etag") != "" && r.Header.Get("If-None-Match") == h.Get("Etag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if server.TakesGzip(r.Header) {
		h.Set("Content-Encoding", "gzip")
		body = a.squeezed
	}
	_, _ = w.Write(body) // the peer left
}
