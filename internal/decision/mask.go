package decision

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Mask hides credentials in whatever leaves the process: those that SIP has fields for, those that look like some by
// name or by shape, and what a configuration names. It stands at the door of everything that leaves: records, streams,
// sinks, reports, logs, saved tests, and messages for rules that somebody hands in.
//
// The zero Mask, and a nil one, hide what needs no configuration. A Mask never changes and is safe for concurrent use.
type Mask struct {
	root   *cover
	places [headPlaces]bool // of a head that are hidden
}

// cover says what is hidden within one message, map or list beside the defaults.
type cover struct {
	all    bool
	fields map[*message.Field]*cover
	keys   []string // of a map's entries, or names of extensions
}

// NewMask returns a Mask with further paths to hide: see Options.Mask. The error says what is wrong with one of them.
func NewMask(paths []string) (*Mask, error) {
	m := &Mask{root: &cover{}}
	for _, path := range paths {
		if err := m.root.add(path); err != nil {
			return nil, fmt.Errorf("mask %q: %w", path, err)
		}
	}
	m.places = m.root.hiddenPlaces()
	return m, nil
}

// CheckMask says what is wrong with the paths of Options.Mask.
func CheckMask(paths []string) error {
	_, err := NewMask(paths)
	return err
}

// Wire returns a message in its wire form, masked. What the contract doesn't know is left out: nobody can tell what it
// holds.
func (m *Mask) Wire(wire []byte) ([]byte, error) { return m.hide(wire, starred) }

// StandIn is Wire for rules: a digest is replaced by another one of its length, so that a rule that looks at its form
// answers as it does in traffic. Nothing else of a secret shows in it.
func (m *Mask) StandIn(wire []byte) ([]byte, error) { return m.hide(wire, standIn) }

// JSON returns the JSON view of a message, masked.
func (m *Mask) JSON(wire []byte) ([]byte, error) {
	masked, err := m.Wire(wire)
	if err != nil {
		return nil, err
	}
	req, err := message.Parse(masked)
	if err != nil {
		return nil, fmt.Errorf("mask a message: %w", err)
	}
	return req.AppendJSON(nil), nil
}

// Text returns a text as it may leave. about is the message that it was said about, where there is one: what has a
// place of its own there and is hidden is hidden in the text, too, as an exception may quote it. This happens while a
// message fails, so it is bounded: the text is cut, and of what was said about a larger message than maxAbout nothing
// is shown but who said it.
func (m *Mask) Text(text string, about []byte) string {
	whole := len(text)
	if text = visible.Start(text, maxRead); text == "" {
		return text
	}
	return shortened(m.masked(text, about), maxText, whole-len(text))
}

func (m *Mask) masked(text string, about []byte) string {
	if len(about) > maxAbout {
		if who, _, said := strings.Cut(text, ": "); said {
			return who + ": " + stars
		}
		return stars
	}
	text = string(hider(starred).text([]byte(text)))
	if len(about) == 0 {
		return text
	}
	if _, err := message.Parse(about); err != nil {
		return text // it is no message: nothing of it was read
	}
	secrets := secretsOf(nil, message.RequestSchema, about, m.cover())
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may hold another
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, stars)
	}
	return text
}

// secretsOf appends what is hidden as a whole in the checked message data of type t.
func secretsOf(all []string, t *message.Type, data []byte, c *cover) []string {
	var names [][]byte
	if t == extensionType {
		names = extensionNames(data)
	}
	for f, value := range t.Each(data) {
		under, hidden := c.within(f), false
		switch {
		case f.Map:
			var key []byte
			key, value = message.Entry(value)
			hidden = under.hides() || under.hasKey(key) || secretHeader(key)
		case f.Kind == message.Message:
			all = secretsOf(all, f.Type, value, under)
		case f.Kind == message.String:
			hidden = secretFields[f] || under.hides() || f == valueField && secretExtension(names, c)
			if f == bodyField && !hidden {
				hider(func(key []byte) []byte { all = append(all, quotable(string(key))...); return key }).body(value)
			}
		}
		if hidden {
			all = append(all, quotable(string(value))...)
		}
	}
	return all
}

// The bounds on what Text looks for: the message that it looks in, the shortest secret, as shorter ones are in every
// text by chance, and the shortest part of one.
const (
	maxAbout       = 64 << 10
	shortestSecret = 4
	shortestPart   = 16
)

// quotable returns what somebody may quote of a secret: the whole, or a part such as the response of a digest.
func quotable(secret string) (all []string) {
	if len(secret) >= shortestSecret {
		all = append(all, secret)
	}
	between := func(r rune) bool { return strings.ContainsRune(" \t\r\n,;=\"", r) }
	for _, part := range strings.FieldsFunc(secret, between) {
		if len(part) >= shortestPart && len(part) < len(secret) {
			all = append(all, part)
		}
	}
	return all
}

// Ref returns a request's ref, or its Call-ID, as it may leave.
func (m *Mask) Ref(text []byte) string { return m.own(text, "ref") }

// asked is a Call-ID that somebody asks for, as it is shown: the one that came finds its messages, also where it was
// cut for its length or isn't UTF-8.
func (m *Mask) asked(callID string) string {
	if len(callID) > maxRef {
		return m.Ref([]byte(callID))
	}
	return string(message.AppendUTF8(nil, []byte(callID)))
}

// EdgePort returns the ref of a request's EdgePort as it may leave.
func (m *Mask) EdgePort(text []byte) string { return m.own(text, "edgePortRef") }

// What a stranger chose the length of is cut wherever it goes. Its start is masked before, more of it than is shown, as
// a part of a password in a URI can't be told from a host.
const (
	maxRef  = 256     // bytes of a ref
	maxText = 1024    // of an error and other texts
	maxRead = 8 << 10 // that are masked
	maxNote = 40      // of the word on what was left out
)

// shortened cuts a masked text, and counts what was left out before.
func shortened(text string, most, left int) string {
	if left == 0 && len(text) <= most+maxNote {
		return text // it may have been cut before
	}
	start := visible.Start(text, most)
	left += len(text) - len(start)
	return fmt.Sprintf("%s… (%d bytes more)", start, left)
}

// own masks one of the request's own fields.
func (m *Mask) own(text []byte, field string) string {
	whole := len(text)
	if whole <= maxRef+maxNote {
		return m.ownWhole(text, field)
	}
	text = visible.Start(text, maxRead)
	return shortened(m.ownWhole(text, field), maxRef, whole-len(text))
}

func (m *Mask) ownWhole(text []byte, field string) string {
	h := hider(starred)
	if m.cover().of(message.RequestSchema.Field(field)).hides() {
		return string(h.whole(text))
	}
	return string(message.AppendUTF8(nil, h.text(text)))
}

func (m *Mask) cover() *cover {
	if m == nil {
		return nil
	}
	return m.root
}

// hide replaces what is secret in a message.
func (m *Mask) hide(wire []byte, h hider) ([]byte, error) {
	if _, err := message.Parse(wire); err != nil {
		return nil, fmt.Errorf("mask a message: %w", err)
	}
	return h.object(make([]byte, 0, len(wire)), message.RequestSchema, wire, m.cover()), nil
}

// digestSizes are the lengths of hexadecimal digests: MD5, SHA-1, SHA-256 and SHA-512 (RFC 8760).
var digestSizes = []int{32, 40, 64, 128}

// standIn takes the place of a secret in what rules read.
func standIn(secret []byte) []byte {
	hex := span(secret, func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }) == len(secret)
	if hex && slices.Contains(digestSizes, len(secret)) {
		return bytes.Repeat([]byte("0123456789abcdef"), 8)[:len(secret)]
	}
	return []byte(stars)
}

// secretFields hold credentials wherever their type is used.
var secretFields = fieldSet(
	"message.requestUri.userPassword",
	"message.authorization.response",
	"message.authorization.nonce",
	"message.authorization.cNonce",
	"message.authorization.opaque",
	"message.wwwAuthenticate.nonce",
	"message.wwwAuthenticate.opaque",
)

var (
	sipType       = message.RequestSchema.Field("message").Type
	bodyField     = sipType.Field("body")
	extensionType = sipType.Field("extensions").Type
	nameField     = extensionType.Field("name")
	valueField    = extensionType.Field("value")
)

func fieldSet(paths ...string) map[*message.Field]bool {
	set := map[*message.Field]bool{}
	for _, path := range paths {
		t, names := message.RequestSchema, strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			t = t.Field(name).Type
		}
		set[t.Field(names[len(names)-1])] = true
	}
	return set
}

// object appends the checked message data of type t to out, masked.
func (h hider) object(out []byte, t *message.Type, data []byte, c *cover) []byte {
	var names [][]byte
	if t == extensionType {
		names = extensionNames(data)
	}
	for f, value := range t.Each(data) {
		switch under := c.within(f); {
		case f.Map:
			value = h.entry(value, under)
		case f.Kind == message.Message:
			value = h.object(nil, f.Type, value, under)
		case f.Kind != message.String: // numbers tell nothing
		case secretFields[f] || under.hides():
			value = h.whole(value)
		case f == bodyField:
			value = h.body(value)
		case f == valueField:
			value = h.extension(names, value, c)
		default:
			value = h.text(value)
		}
		out = f.Append(out, value)
	}
	return out
}

// extensionNames returns every name that an entry has: the last one counts, and a reader may take another.
func extensionNames(entry []byte) (all [][]byte) {
	for f, name := range extensionType.Each(entry) {
		if f == nameField {
			all = append(all, name)
		}
	}
	return all
}

func (h hider) extension(names [][]byte, value []byte, c *cover) []byte {
	if secretExtension(names, c) {
		return h.whole(value)
	}
	return h.value(value)
}

func secretExtension(names [][]byte, c *cover) bool {
	return slices.ContainsFunc(names, func(name []byte) bool { return c.hasKey(name) || secretHeader(name) })
}

func (h hider) entry(entry []byte, c *cover) []byte {
	key, val := message.Entry(entry)
	if c.hides() || c.hasKey(key) || secretHeader(key) {
		return message.EntryOf(key, h.whole(val))
	}
	return message.EntryOf(key, h.value(val))
}

// of returns what covers field f alone; nil for nothing.
func (c *cover) of(f *message.Field) *cover {
	if c == nil {
		return nil
	}
	return c.fields[f]
}

// within is of, where c hides everything below it too.
func (c *cover) within(f *message.Field) *cover {
	if c.hides() {
		return c
	}
	return c.of(f)
}

func (c *cover) hides() bool { return c != nil && c.all }

func (c *cover) hasKey(key []byte) bool {
	if c == nil {
		return false
	}
	name := strings.TrimSpace(string(key))
	return slices.ContainsFunc(c.keys, func(k string) bool { return strings.EqualFold(k, name) })
}
