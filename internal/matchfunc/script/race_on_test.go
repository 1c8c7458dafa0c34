//go:build race

package script

// slowdown is what the race detector makes of a limit on time.
const slowdown = 10
