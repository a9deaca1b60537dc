package layout

// What is read of a repository's own files at most, in bytes. Whoever made the
// folder may have made them as large as a disk, or links to what never ends.
const (
	MaxPointer = 64 << 10  // HEAD, a ref, .git files, what a rebase remembers
	MaxConfig  = 1 << 20   // a file of git's configuration; the largest seen have a tenth
	MaxRules   = 4 << 20   // .gitattributes and .gitignore
	MaxList    = 128 << 20 // packed-refs, shallow
	MaxIndex   = 512 << 20 // some 5 million files
	MaxWorking = 1 << 30   // a file of the work tree that is compared or kept
)
