package decision

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// hidden stands in the place of what is masked. Text that is empty stays empty, so that rules see it missing.
const hidden = "***"

// masker hides credentials in messages: the defaults, and the paths of a configuration.
type masker struct {
	root *cover
}

// cover says what is hidden within one message, map or list beside the defaults.
type cover struct {
	all    bool
	fields map[*message.Field]*cover
	keys   []string // of a map's entries, or names of extensions
}

// CheckMask says what is wrong with the paths of Options.Mask.
func CheckMask(paths []string) error {
	_, err := newMasker(paths)
	return err
}

// MaskedWire returns a message in its wire form with the default credentials masked.
func MaskedWire(wire []byte) ([]byte, error) { return (&masker{}).wire(wire) }

// MaskedJSON returns the JSON view of a message with the default credentials masked.
func MaskedJSON(wire []byte) ([]byte, error) { return (&masker{}).json(wire) }

// wire masks a message in its wire form. What the contract doesn't know is left out: nobody can tell what it holds.
func (m *masker) wire(wire []byte) ([]byte, error) {
	if _, err := message.Parse(wire); err != nil {
		return nil, fmt.Errorf("mask a message: %w", err)
	}
	return m.object(make([]byte, 0, len(wire)), message.RequestSchema, wire, m.root), nil
}

func (m *masker) json(wire []byte) ([]byte, error) {
	masked, err := m.wire(wire)
	if err != nil {
		return nil, err
	}
	req, err := message.Parse(masked)
	if err != nil {
		return nil, fmt.Errorf("mask a message: %w", err)
	}
	return req.AppendJSON(nil), nil
}

// ref masks what a record holds of one of the request's own fields.
func (m *masker) ref(text []byte, field string) string {
	c := m.root.of(message.RequestSchema.Field(field))
	return string(message.AppendUTF8(nil, maskText(text, c.hides())))
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
func (m *masker) object(out []byte, t *message.Type, data []byte, c *cover) []byte {
	secret := t == extensionType && secretExtension(data, c)
	for f, value := range t.Each(data) {
		switch under := c.within(f); {
		case f.Map:
			value = maskEntry(value, under)
		case f.Kind == message.Message:
			value = m.object(nil, f.Type, value, under)
		case f.Kind != message.String: // numbers tell nothing
		case f == bodyField && !under.hides():
			value = maskBody(value)
		default:
			value = maskText(value, secretFields[f] || under.hides() || secret && f == valueField)
		}
		out = f.Append(out, value)
	}
	return out
}

// secretExtension reports whether any name that the entry has is one of a header to hide.
func secretExtension(entry []byte, c *cover) bool {
	for f, name := range extensionType.Each(entry) {
		if f == nameField && (secretHeader(name) || c.hasKey(name)) {
			return true
		}
	}
	return false
}

func maskEntry(entry []byte, c *cover) []byte {
	key, val := message.Entry(entry)
	return message.EntryOf(key, maskText(val, c.hides() || c.hasKey(key)))
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
