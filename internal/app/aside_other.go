//go:build !linux

package app

// Elsewhere a priority is that of the whole process.

func comeLast() {}

func onMainThread() bool { return false }
