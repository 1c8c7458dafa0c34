package bus

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"sync"
)

// errSeal is what becomes of a message that wasn't sealed with our token, or for something else.
var errSeal = errors.New("not sealed with this fleet's token")

// keyRounds make it dear to guess a token from what was said on the bus.
const keyRounds = 100_000

// sealer seals what replicas say with the token that they share, so that nobody else on the server can read or say
// anything. It is safe for concurrent use.
type sealer struct {
	token func() string // empty: nothing can be sealed or opened
	salt  string        // of the fleet

	mu   sync.Mutex
	of   string // the token that aead was made of
	aead cipher.AEAD
}

func (s *sealer) key() (cipher.AEAD, error) {
	token := s.token()
	if token == "" {
		return nil, errSeal
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aead != nil && s.of == token {
		return s.aead, nil
	}
	key, err := pbkdf2.Key(sha256.New, token, []byte("routr-dispatcher fleet "+s.salt), keyRounds, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if s.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, err
	}
	s.of = token
	return s.aead, nil
}

// seal seals a text for a purpose, without which it can't be opened.
func (s *sealer) seal(purpose string, text []byte) ([]byte, error) {
	aead, err := s.key()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, text, []byte(purpose)), nil
}

// open returns what was sealed for the purpose.
func (s *sealer) open(purpose string, sealed []byte) ([]byte, error) {
	aead, err := s.key()
	if err != nil {
		return nil, err
	}
	text, err := aead.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, errSeal
	}
	return text, nil
}

// unguessable returns a word that nobody has said before.
func unguessable() string { return rand.Text() }
