package secrecy

import (
	"path"
	"slices"
	"strings"
)

// names are the files that hold secrets by their nature, as patterns of
// path.Match in small letters. One with slashes is matched with as many names at
// the end of a path.
var names = []string{
	// Environments
	".env*", "*.env",
	// Keys
	"*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.ovpn", "*.agekey",
	".ssh/*", ".gnupg/*",
	// Logins of tools
	".npmrc", ".netrc", "_netrc", ".pypirc", ".git-credentials", ".htpasswd", ".pgpass", ".my.cnf", ".s3cfg", ".boto",
	".databrickscfg", ".dockercfg", ".docker/config.json", ".vault-token", ".vault_pass*", ".terraformrc", "terraform.rc",
	".aws/credentials*", ".aws/config", ".azure/*.json", ".azure/*.bin", ".config/gcloud/*", ".kube/*", "gh/hosts.yml", "glab-cli/config.yml", ".cargo/credentials*", ".gem/credentials",
	"kubeconfig", "kubeconfig.*", "*.kubeconfig", "kubeconfig[_\\-]*.y*ml", "kubeconfig[_\\-]*.conf", "*[_\\-]kubeconfig", "*[_\\-]kubeconfig.y*ml", "kube-config", "kube-config.y*ml", "k3s.yaml", "kubernetes/*.conf",
	// Values and states of infrastructure
	"*.tfvars", "*.tfvars.json", "*.tfstate", "*.tfstate.*",
	// Credentials
	"credentials", "credentials.json", "credentials.y*ml", "credentials.toml", "credentials.ini", "credentials.xml", "credentials.properties", "credentials.csv", "*credentials.json",
	"*[_\\-]credentials", "*[_\\-]credentials.y*ml", "secret.y*ml", "*[_\\-]secrets.y*ml",
	"secrets", "secrets.json", "secrets.y*ml", "secrets.toml", "secrets.ini", "secrets.properties",
	"client_secret*.json", "service-account*.json", "service_account*.json", "*-service-account.json",
}

// samples are the ends of names whose files stand for a secret and hold none.
var samples = []string{".example", ".sample", ".template", ".tmpl", ".dist", ".defaults", ".schema", ".pub", ".d.ts"}

// secretName is the one of names that a path fits, "" without any.
func secretName(slashed string) string {
	lower := strings.ToLower(slashed)
	parts := split(lower)
	if len(parts) == 0 {
		return ""
	}
	base := withoutCopy(parts[len(parts)-1])
	parts[len(parts)-1] = base
	if slices.ContainsFunc(samples, func(end string) bool { return strings.HasSuffix(base, end) }) {
		return ""
	}
	if isIdentity(base) {
		return "id_*"
	}
	for _, name := range names {
		n := strings.Count(name, "/") + 1
		if n > len(parts) {
			continue
		}
		if ok, _ := path.Match(name, strings.Join(parts[len(parts)-n:], "/")); ok {
			return name
		}
	}
	return ""
}

// copies are the ends of names that people and editors give to what a file was.
var copies = []string{"~", ".bak", ".backup", ".old", ".orig", ".save", ".swp", ".copy", ".tmp", ".rej"}

// withoutCopy is the name of what a file is a copy of: it is as secret.
func withoutCopy(base string) string {
	for i := 0; i < len(copies); i++ {
		if rest, ok := strings.CutSuffix(base, copies[i]); ok && strings.Trim(rest, ".") != "" {
			base, i = rest, -1
		}
	}
	return base
}

// isIdentity tells the private keys of ssh, id_rsa and the names that people give
// to more of them, from sources such as id_map.go.
func isIdentity(base string) bool {
	if !strings.HasPrefix(base, "id_") {
		return false
	}
	kind := base[len("id_"):]
	return !strings.Contains(kind, ".") || slices.ContainsFunc([]string{"rsa", "dsa", "ecdsa", "ed25519", "xmss"}, func(k string) bool {
		return strings.HasPrefix(kind, k+".") || strings.HasPrefix(kind, k+"_") || strings.HasPrefix(kind, k+"-")
	})
}
