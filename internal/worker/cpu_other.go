//go:build !linux

package worker

import "time"

// processorTime of another process isn't known here.
func processorTime(int) (time.Duration, bool) { return 0, false }
