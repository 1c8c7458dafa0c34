package decision

import (
	"bytes"
	"unicode/utf8"
)

// Alike is Wire for tests that are kept: a secret is replaced by another text of its length and alphabet, so that most
// rules answer as they do in traffic. Nothing else of it shows.
func (m *Mask) Alike(wire []byte) ([]byte, error) { return m.hide(wire, alike) }

// alike takes the place of a secret: digits for digits, letters for letters, other characters of the same size for what
// isn't ASCII. Punctuation stays.
func alike(secret []byte) []byte {
	if digest := standIn(secret); string(digest) != stars {
		return digest
	}
	if out := counted(secret, 0); !bytes.Equal(out, secret) {
		return out
	}
	return counted(secret, 1)
}

// counted counts through the alphabet of each character.
func counted(secret []byte, from int) []byte {
	out := make([]byte, 0, len(secret))
	for i := from; len(secret) > 0; i++ {
		r, size := utf8.DecodeRune(secret)
		switch {
		case r >= '0' && r <= '9':
			out = append(out, byte('0'+i%10))
		case r >= 'a' && r <= 'z':
			out = append(out, byte('a'+i%26))
		case r >= 'A' && r <= 'Z':
			out = append(out, byte('A'+i%26))
		case size == 1:
			out = append(out, secret[0])
		default:
			out = append(out, [...]string{"é", "€", "😀"}[size-2]...)
		}
		secret = secret[size:]
	}
	return out
}
