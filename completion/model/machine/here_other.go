//go:build !linux && !darwin && !windows

package machine

// Now is the memory that there is now: nobody tells.
func Now() Memory { return Memory{} }

// GPU tells which kind of GPU models may run on here; "" for none that is known of.
func GPU() string { return "" }

func processor() string { return "unknown processor" }
