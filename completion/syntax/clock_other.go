//go:build !linux

package syntax

import "time"

var started = time.Now()

// threadTime is the time of a clock, where that of one thread is not known.
func threadTime() time.Duration { return time.Since(started) }
