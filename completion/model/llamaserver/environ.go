package llamaserver

import "strings"

// environ is what a server that is started gets of an environment: no entry that
// a secret may be in, by its name. It needs the way to its libraries and devices,
// and no login to anything.
func environ(all []string) []string {
	var kept []string
	for _, entry := range all {
		name, _, _ := strings.Cut(entry, "=")
		if !mayBeSecret(strings.ToUpper(name)) {
			kept = append(kept, entry)
		}
	}
	return kept
}

func mayBeSecret(name string) bool {
	for _, word := range []string{"KEY", "TOKEN", "SECRET", "PASS", "PWD", "CREDENTIAL", "AUTH", "COOKIE", "SESSION"} {
		if strings.Contains(name, word) {
			return name != "PWD" && name != "OLDPWD"
		}
	}
	return strings.HasSuffix(name, "_PAT") || strings.HasSuffix(name, "_DSN") || strings.HasPrefix(name, "DATABASE_")
}
