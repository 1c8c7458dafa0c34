//go:build !unix

package matchfunc

import "time"

var began = time.Now()

// spent is the time that passed: there is no better clock here.
func spent() time.Duration { return time.Since(began) }
