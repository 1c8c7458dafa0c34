package app

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/file"
)

// Token is the bearer token in a text, which may have blanks and a line break around it, as files and secrets do. The
// error says what is there instead.
func Token(text string) (string, error) {
	token := strings.TrimSpace(text)
	if token == "" {
		return "", errors.New("no token")
	}
	if strings.ContainsFunc(token, unicode.IsControl) {
		return "", errors.New("no token: a control character is within, such as a line break, which no header carries")
	}
	return token, nil
}

// maxToken bounds a token file.
const maxToken = 4 << 10

// readToken returns the token that spec.admin.tokenFile holds; empty without one.
func readToken(ctx context.Context, cfg *config.Config, in *file.Noted) (string, error) {
	path := cfg.File(cfg.Spec.Admin.TokenFile)
	if path == "" {
		return "", nil
	}
	fail := func(why string) error {
		return config.NewError([]config.Problem{cfg.Problem("spec.admin.tokenFile", why)})
	}
	data, err := in.Read(ctx, path, maxToken)
	if err != nil {
		return "", fail(err.Error())
	}
	token, err := Token(string(data))
	if err != nil {
		return "", fail("the file holds " + err.Error())
	}
	return token, nil
}

// keepToken goes on following the token of a configuration that couldn't be replaced, so that one that was taken away
// doesn't open the side door for as long as another file is wrong.
func (a *App) keepToken(ctx context.Context, cfg *config.Config, in *file.Noted) {
	path := cfg.File(cfg.Spec.Admin.TokenFile)
	switch {
	case path == "":
		return
	case in.Digest(path) != "":
		in = &file.Noted{} // it is noted
	}
	if token, err := readToken(ctx, cfg, in); err == nil {
		a.follow(token)
	}
}

// follow makes a token that was read again the one that the side door asks for.
func (a *App) follow(token string) {
	if before := a.token.Swap(&token); *before != token {
		a.opts.Log.Info("the token of the admin API is another one now")
	}
}
