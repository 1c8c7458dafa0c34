package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nkeys"

	"github.com/fonoster/routr-dispatcher/internal/file"
)

// maxCredentials bounds a NATS credentials file, which has some 2 kB.
const maxCredentials = 64 << 10

// credentials is the path of a NATS credentials file: a user's JSON Web Token, and the key that signs what the server
// asks. It is read at every connection, as it may change, and may have become anything by then.
type credentials string

// check says what keeps the file from being used.
func (c credentials) check() error {
	if _, err := c.token(); err != nil {
		return err
	}
	_, err := c.sign(nil)
	return err
}

// token returns the JSON Web Token.
func (c credentials) token() (string, error) {
	text, err := file.Read(context.Background(), string(c), maxCredentials)
	if err != nil {
		return "", err
	}
	token, err := nkeys.ParseDecoratedJWT(text)
	if err != nil {
		return "", fmt.Errorf("read the token of %s: %w", string(c), err)
	}
	return token, nil
}

// sign signs what the server sent.
func (c credentials) sign(nonce []byte) ([]byte, error) {
	text, err := file.Read(context.Background(), string(c), maxCredentials)
	if err != nil {
		return nil, err
	}
	pair, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		return nil, fmt.Errorf("read the key of %s: %w", string(c), err)
	}
	defer pair.Wipe()
	return pair.Sign(nonce)
}
