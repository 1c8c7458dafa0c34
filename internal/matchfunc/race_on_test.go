//go:build race

package matchfunc

// slowdown is what the race detector makes of a limit on time.
const slowdown = 10
