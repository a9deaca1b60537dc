package threads

// Bounds on what others may send. What is beyond them is skipped with a reason.
const (
	MaxBody    = 64 << 10  // bytes of a comment's text
	MaxLine    = 256 << 10 // bytes of an encoded operation
	maxQuote   = 4 << 10   // bytes of the code that an anchor quotes
	maxPath    = 4 << 10   // bytes of a path
	maxName    = 100       // characters of a name or address shown
	maxSegment = 16 << 20  // bytes of one file of operations
	maxActors  = 2000      // refs of actors that are read
	maxOps     = 500_000   // operations that are read, all actors together

	// MaxJump is how far one operation's clock may be ahead of all before it: one
	// hostile operation could else use up the clock for everybody.
	MaxJump = 1_000_000
	// maxClock is the largest integer that every JSON reader has.
	maxClock = 1<<53 - 1

	// perSegment is how many operations go into a file before the next is begun:
	// so much is written anew for each comment, whatever was said before.
	perSegment = 256
)
