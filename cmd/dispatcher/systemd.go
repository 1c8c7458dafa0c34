package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/panics"
)

// sideSocket is the FileDescriptorName= of the socket that stands for spec.admin.bindAddr.
const sideSocket = "admin"

// inherited returns the sockets that systemd opened (sd_listen_fds(3)): while the dispatcher is started again they stay
// open, and who connects waits rather than being refused. It has none where nobody passed any.
func inherited(cfg *config.Config) (app.Listeners, error) {
	open, err := byName(activation.Files(true))
	if err = errors.Join(err, fitting(open, cfg)); err != nil {
		closeAll(open)
		return app.Listeners{}, err
	}
	return open, nil
}

// fitting returns an error where there is a socket for a door that cfg doesn't have.
func fitting(open app.Listeners, cfg *config.Config) error {
	if open.Side == nil || cfg.Spec.Admin.BindAddr != "" {
		return nil
	}
	return fmt.Errorf("systemd passed the socket %s named %q for the side door, and spec.admin.bindAddr isn't set",
		open.Side.Addr(), sideSocket)
}

// byName makes listeners of files, and closes these.
func byName(files []*os.File) (open app.Listeners, err error) {
	for _, file := range files {
		listener, failed := net.FileListener(file)
		_ = file.Close() // the listener has a descriptor of its own
		place := &open.Wire
		if file.Name() == sideSocket {
			place = &open.Side
		}
		switch {
		case failed != nil:
			err = errors.Join(err, fmt.Errorf("listen on the socket %q that systemd passed: %w", file.Name(), failed))
		case *place != nil:
			err = errors.Join(err, fmt.Errorf(
				"systemd passed %s and %s for one door: name the side door's FileDescriptorName=%s",
				(*place).Addr(), listener.Addr(), sideSocket))
			_ = listener.Close() // nobody uses it
		default:
			*place = listener
		}
	}
	return open, err
}

func closeAll(open app.Listeners) {
	for _, l := range []net.Listener{open.Wire, open.Side} {
		if l != nil {
			_ = l.Close() // nobody uses it
		}
	}
}

// runUnderSystemd runs the dispatcher until ctx ends, and tells systemd that it is ready, and that it stops.
func runUnderSystemd(ctx context.Context, a *app.App, log *slog.Logger) error {
	if err := tellSystemd(daemon.SdNotifyReady); err != nil {
		log.Warn(err.Error())
	}
	defer context.AfterFunc(ctx, func() {
		defer panics.Caught("tell systemd")
		_ = tellSystemd(daemon.SdNotifyStopping) // it can do without
	})()
	return a.Run(ctx)
}

// tellSystemd says how it is (sd_notify(3)) to a unit of Type=notify, and to nobody else.
func tellSystemd(state string) error {
	if _, err := daemon.SdNotify(false, state); err != nil {
		return fmt.Errorf("tell systemd %s: %w", state, err)
	}
	return nil
}
