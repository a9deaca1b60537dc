package machine

// Now is the memory that there is now.
func Now() Memory { return here().memory() }

// GPU tells which kind of GPU models may run on here; "" for none that is known of.
func GPU() string { return here().gpu() }

func processor() string { return here().processorName() }
