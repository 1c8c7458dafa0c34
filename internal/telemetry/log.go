// Package telemetry sets up what the dispatcher says of itself. The command and package app use it when they start.
package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// LevelVerbose is that of lines about messages that went well.
const LevelVerbose = slog.Level(-2)

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
	case "http", "verbose":
		return LevelVerbose, nil
	case "debug", "silly":
		return slog.LevelDebug, nil
	}
	return slog.LevelInfo,
		fmt.Errorf("LOGS_LEVEL is %q: it must be error, warn, info, http, verbose, debug or silly", name)
}

// named gives the level of its own a name.
func named(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.LevelKey && a.Value.Any() == LevelVerbose {
		return slog.String(slog.LevelKey, "VERBOSE")
	}
	return a
}

// NewLogger returns a logger that writes text for people, or JSON for programs.
func NewLogger(w io.Writer, level slog.Level, people bool) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: named}
	if people {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}
