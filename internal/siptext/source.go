package siptext

import (
	"regexp"
	"strings"
)

// source is the text of a message's start line and header fields. Offsets into it are places in
// the text as pasted, so that every error can say where.
type source struct{ text string }

// span is a stretch of a source: text[from:to].
type span struct {
	src      *source
	from, to int
}

// field is one header field: its name, in its usual form where SIP defines one, and its value.
type field struct {
	name  string
	at    span
	value span
}

// fold is a line break inside a header field (RFC 3261, section 7.3.1); it reads as one space.
var fold = regexp.MustCompile(`[ \t]*\r?\n[ \t]+`)

// validUTF8 makes s fit for a protobuf string.
func validUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// hasCRLF says whether the lines end as on the wire. A text that went through an editor or a
// clipboard often lost its carriage returns.
func (src *source) hasCRLF() bool { return strings.Contains(src.text, "\r\n") }

// nextLine returns the first logical line at or behind off that isn't blank, trimmed, and where the
// one after it begins. Behind the last line the span is empty.
func (src *source) nextLine(off int) (line span, next int) {
	for off < len(src.text) {
		line = src.line(off)
		off = line.to
		if line = line.trim(); !line.empty() {
			return line, off
		}
	}
	return span{src, off, off}, off
}

// line returns the logical line that begins at off, with the lines folded into it and its end.
func (src *source) line(off int) span {
	end := off
	for {
		n := strings.IndexByte(src.text[end:], '\n')
		if n < 0 {
			return span{src, off, len(src.text)}
		}
		end += n + 1
		blank := strings.Trim(src.text[off:end], " \t\r\n") == ""
		if blank || end == len(src.text) || src.text[end] != ' ' && src.text[end] != '\t' {
			return span{src, off, end}
		}
	}
}

// field divides a line into name and value.
func (sp span) field() (field, error) {
	colon := strings.IndexByte(sp.raw(), ':')
	if colon < 0 {
		return field{}, sp.errorf("%s is no header field: there is no colon", quoted(sp.String()))
	}
	name := sp.sub(0, colon).trim()
	if !isToken(name.raw()) {
		return field{}, sp.errorf("%s can't be the name of a header field", quoted(name.String()))
	}
	return field{name: usualName(name.raw()), at: name, value: sp.sub(colon+1, sp.len()).trim()}, nil
}

func (sp span) len() int                        { return sp.to - sp.from }
func (sp span) empty() bool                     { return sp.from >= sp.to }
func (sp span) raw() string                     { return sp.src.text[sp.from:sp.to] }
func (sp span) sub(from, to int) span           { return span{sp.src, sp.from + from, sp.from + to} }
func (sp span) errorf(f string, a ...any) error { return sp.src.errorAt(sp.from, f, a...) }

// String returns the text, unfolded.
func (sp span) String() string {
	if raw := sp.raw(); !strings.Contains(raw, "\n") {
		return raw
	}
	return fold.ReplaceAllString(sp.raw(), " ")
}

// whitespace is LWS of RFC 3261, section 25.1: inside a header field a line break is a folded one.
const whitespace = " \t\r\n"

// trim returns the span without white space at its ends.
func (sp span) trim() span {
	raw := sp.raw()
	sp.from += len(raw) - len(strings.TrimLeft(raw, whitespace))
	if sp.from < sp.to {
		sp.to = sp.from + len(strings.TrimRight(sp.raw(), whitespace))
	}
	return sp
}
