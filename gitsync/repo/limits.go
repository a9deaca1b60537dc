package repo

// What is read of a repository's own files at most, in bytes. Whoever made the
// folder may have made them as large as a disk, or links to what never ends.
const (
	maxPointer = 64 << 10  // HEAD, a ref, .git files, what a rebase remembers
	maxConfig  = 1 << 20   // a file of git's configuration; the largest seen have a tenth
	maxRules   = 4 << 20   // .gitattributes and .gitignore
	maxList    = 128 << 20 // packed-refs, shallow
	maxIndex   = 512 << 20 // some 5 million files
	maxWorking = 1 << 30   // a file of the work tree that is compared or kept
)
