//go:build !race

package matchfunc

const slowdown = 1
