// Package zone says which time zone this process is in, which is the one that rules read dates in. Go takes UTC without
// a word where TZ names a zone that it can't load, and a rule on office hours would choose another processor.
//
// The command and package app use it when they start, package admin shows what runs.
package zone

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/file"
)

// maxBytes bounds a file of zone data; the largest has 4 kB.
const maxBytes = 1 << 20

var errUnknown = errors.New("there is no such zone")

// Check says what is wrong with a value of the environment variable TZ, as Go reads it. Unset and empty are well.
func Check(tz string) error {
	name := strings.TrimPrefix(tz, ":")
	var err error
	switch {
	case name == "" || name == "UTC":
		return nil
	case name == "Local":
		err = errUnknown
	case filepath.IsAbs(name):
		var data []byte
		if data, err = file.Read(context.Background(), name, maxBytes); err == nil {
			_, err = time.LoadLocationFromTZData(name, data)
		}
	default:
		if _, failed := time.LoadLocation(name); failed != nil {
			err = errUnknown // its own text holds the name as it is
		}
	}
	if err != nil {
		return fmt.Errorf("TZ is %q: %w; name a zone such as Europe/Madrid, or UTC", tz, err)
	}
	return nil
}

// Name returns the name of this process's zone: what TZ names, else what /etc/localtime leads to, else Local.
func Name() string {
	if tz, ok := os.LookupEnv("TZ"); ok {
		if name := strings.TrimPrefix(tz, ":"); name != "" {
			return name
		}
		return "UTC"
	}
	target, err := filepath.EvalSymlinks("/etc/localtime")
	if err != nil {
		return time.Local.String() // UTC, as there is none
	}
	if _, name, ok := strings.Cut(target, "zoneinfo/"); ok {
		return name
	}
	return "Local" // a copy, which doesn't tell its name
}

// Offset returns how far this process's zone is from UTC at a time, such as +02:00.
func Offset(at time.Time) string { return at.Local().Format("-07:00") }
