package config

// ownedByUser leaves owners to git there, which refuses what is another's as soon
// as it is asked for anything.
func ownedByUser(string, string) bool { return true }
