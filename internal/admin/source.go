package admin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// Source is the text of a configuration that runs, or ran.
type Source struct {
	Epoch    uint64
	Name     string // the file
	Hash     string // SHA-256 of the text, in hexadecimal
	LoadedAt time.Time
	Text     []byte // must not be changed
	Secrets  func() []config.Range
}

// source writes the text of a configuration, with stars in place of its secrets.
func (d *door) source(w http.ResponseWriter, r *http.Request) error {
	s, err := d.sourceOf(r)
	if err != nil {
		return err
	}
	tag := `"` + s.Hash + `"`
	w.Header().Set("Etag", tag)
	w.Header().Set("X-Epoch", strconv.FormatUint(s.Epoch, 10))
	if matches(r.Header.Values("If-None-Match"), tag) { // before its secrets are looked for
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	secrets := s.Secrets()
	w.Header().Set("X-Masked", strconv.Itoa(len(secrets)))
	return send(w, http.StatusOK, plainText, config.Covered(s.Text, secrets))
}

// sourceOf finds the configuration that a call asks for: the one that runs, unless the call names an epoch.
func (d *door) sourceOf(r *http.Request) (Source, error) {
	running := d.running()
	text, err := single(r.URL.Query(), "epoch")
	if err != nil || text == "" {
		return running, err
	}
	epoch, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return Source{}, badParameter("epoch", "epoch is a number, such as "+strconv.FormatUint(running.Epoch, 10))
	}
	if epoch == running.Epoch {
		return running, nil
	}
	if s, kept := d.opts.Past(epoch); kept {
		return s, nil
	}
	p := problem(http.StatusNotFound, "not-found", "The configuration of epoch %d isn't kept; %s runs.", epoch,
		d.keptEpochs())
	p.Path = "epoch"
	return Source{}, p
}

// keptEpochs lists the epochs whose configuration is there.
func (d *door) keptEpochs() string {
	running := fmt.Sprintf("epoch %d", d.opts.Snapshot().Epoch)
	var all []string
	for _, epoch := range d.opts.Kept() {
		all = append(all, strconv.FormatUint(epoch, 10))
	}
	if len(all) == 0 {
		return running
	}
	return "that of " + strings.Join(all, ", ") + " is, and " + running
}

// running is the configuration that runs.
func (d *door) running() Source {
	s := d.opts.Snapshot()
	return Source{
		Epoch: s.Epoch, Name: s.Config.Name, Hash: s.Config.Hash, LoadedAt: s.LoadedAt, Text: s.Config.Source,
		Secrets: s.Config.Secrets,
	}
}

// hashOf is the hash that a candidate will have as a file, where stars stand for the secrets of the configuration that
// runs. The candidate itself is tried with its stars: its rules are foreign, and could tell what stands there.
func (d *door) hashOf(text []byte) string {
	if bytes.IndexByte(text, '*') >= 0 {
		s := d.running()
		text = config.Uncovered(text, s.Text, s.Secrets())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
