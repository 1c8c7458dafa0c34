package visible

import (
	"io"
	"sync"
	"unicode/utf8"
)

// Writer writes what goes through it as Text has it.
type Writer struct {
	to io.Writer

	mu   sync.Mutex
	rest []byte // the beginning of a character whose end hasn't come
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Unwrap returns where it writes to.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Write writes p, but for a character that isn't whole: its end is waited for.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 && plain(p) {
		return w.to.Write(p)
	}
	text := append(w.rest, p...)
	whole := len(text) - unfinished(text)
	w.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(w.to, Text(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes what was waited for.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 {
		return nil // writing nothing would wait, too, for who reads it
	}
	rest := string(w.rest)
	w.rest = nil
	_, err := io.WriteString(w.to, Text(rest))
	return err
}

// plain reports text that is as good as most: ASCII, and nothing hidden in it.
func plain(p []byte) bool {
	for _, c := range p {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// unfinished is how many bytes at the end begin a character that isn't whole.
func unfinished(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
