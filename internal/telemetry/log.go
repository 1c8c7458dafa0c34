// Package telemetry sets up what the dispatcher says of itself. The command and package app use it when they start.
package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Level reads a level as LOGS_LEVEL names it: error, warn, info, http, verbose, debug or silly, as the Node dispatcher
// does. The empty name is info.
func Level(name string) (slog.Level, error) {
	switch strings.ToLower(name) {
	case "error":
		return slog.LevelError, nil
	case "warn":
		return slog.LevelWarn, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "http", "verbose", "debug", "silly":
		return slog.LevelDebug, nil
	}
	return slog.LevelInfo, fmt.Errorf("LOGS_LEVEL is %q: it must be error, warn, info, http, verbose, debug or silly", name)
}

// NewLogger returns a logger that writes text for people, or JSON for programs.
func NewLogger(w io.Writer, level slog.Level, people bool) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if people {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}
