package nats

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/fonoster/routr-dispatcher/internal/bus"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// pair makes a key of NATS and returns its public half.
func pair(t *testing.T, create func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
	t.Helper()
	k, err := create()
	if err != nil {
		t.Fatal(err)
	}
	public, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return k, public
}

// authority makes a server ask for users of an account, and returns what one shows.
func authority(t *testing.T) (asks func(*server.Options), credentials []byte) {
	t.Helper()
	operator, operatorKey := pair(t, nkeys.CreateOperator)
	account, accountKey := pair(t, nkeys.CreateAccount)
	user, userKey := pair(t, nkeys.CreateUser)
	encoded := func(claims jwt.Claims, by nkeys.KeyPair) string {
		token, err := claims.Encode(by)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	resolver := &server.MemAccResolver{}
	if err := resolver.Store(accountKey, encoded(jwt.NewAccountClaims(accountKey), operator)); err != nil {
		t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	credentials, err = jwt.FormatUserConfig(encoded(jwt.NewUserClaims(userKey), account), seed)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *server.Options) { o.TrustedKeys, o.AccountResolver = []string{operatorKey}, resolver }, credentials
}

func TestCredentialsThatTurnOddHangNoSink(t *testing.T) {
	asks, good := authority(t)
	addr, path := peertest.FreeAddr(t), filepath.Join(t.TempDir(), "nats.creds")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	s := natsServer(t, addr, asks)
	n, err := bus.NewSink(bus.Server{URL: "nats://" + addr, Credentials: path}, "")
	if err != nil {
		t.Fatal(err)
	}
	l := newLog(t)
	a := l.Attach(n, slog.New(slog.DiscardHandler))
	add(l, "one")
	peertest.Eventually(t, "it is published", func() bool { return l.Stats().Sinks[0].Written == 1 })

	for name, turn := range map[string]func() error{
		"a pipe":  func() error { return syscall.Mkfifo(path, 0o600) },
		"endless": func() error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := turn(); err != nil {
				t.Fatal(err)
			}
			refused := make(chan error, 1)
			go func() {
				_, err := bus.NewSink(bus.Server{URL: "nats://" + addr, Credentials: path}, "")
				refused <- err
			}()
			select {
			case err := <-refused:
				if err == nil || !strings.Contains(err.Error(), "not a regular file") {
					t.Errorf("it is taken: %v", err)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("it hangs")
			}
		})
	}
	s.Shutdown()
	s.WaitForShutdown()
	add(l, "two") // while it connects again, and can't show who it is
	natsServer(t, addr, asks)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	peertest.Eventually(t, "it is published once the file is good again", func() bool {
		return l.Stats().Sinks[0].Written == 2
	})
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
