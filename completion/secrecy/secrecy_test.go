package secrecy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func TestNames(t *testing.T) {
	secret := strings.Fields(`.env .env.local .envrc prod.env .ENV id_rsa id_ed25519 id_work id_rsa.bak id_ecdsa_sk deploy.pem server.key
		.npmrc .netrc _netrc terraform.tfvars prod.auto.tfvars.json terraform.tfstate kubeconfig .kube/config x/.kube/config kubeconfig-prod.yaml prod_kubeconfig.yml kube-config.yaml k3s.yaml /etc/kubernetes/admin.conf
		.npmrc.bak .npmrc~ .netrc.old server.pem.bak server.key.orig.bak prod.tfvars.bak credentials.bak aws_credentials db-credentials.yaml secret.yaml app-secrets.yml
		credentials credentials.json app-credentials.json .aws/credentials .docker/config.json secrets.yml .ssh/work
		untitled:.env vscode-remote://ssh+host/home/u/.env?x=1 file:///home/u/id_rsa C:\u\.env client_secret_1.json`)
	open := strings.Fields(`main.go kubeconfig_test.go main.go.bak .env.example~ ~ .bak env.go environment.ts .env.example .env.sample id_map.go id_generator.py id_rsa.pub credentials.go secrets.go gcloud/main.go .azure/pipelines.yml
		config.json kube/config docker/config.json key.go pem.py keys.ts package.json untitled:x.go src/env/.gitkeep`)
	for _, name := range secret {
		if New(Options{}).Secret(name, false) == "" {
			t.Errorf("%s is no secret", name)
		}
	}
	for _, name := range open {
		if why := New(Options{}).Secret(name, false); why != "" {
			t.Errorf("%s: %s", name, why)
		}
	}
	if why := (*Rules)(nil).Secret("/x/.env", false); why != ".env is a secret by its name (.env*)" {
		t.Error(why)
	}
}

func TestWithheld(t *testing.T) {
	strict, loose := New(Options{}), New(Options{OnThisMachine: true})
	for _, tt := range []struct {
		rules *Rules
		file  string
		here  bool
		want  string // a part of it, "" for none
	}{
		{strict, "a.go", false, ""},
		{strict, ".env", false, "never sent to another machine"},
		{strict, ".env", true, "only with privacy.secretsOnThisMachine"},
		{nil, ".env", true, "only with privacy.secretsOnThisMachine"},
		{loose, ".env", true, ""},
		{loose, ".env", false, "never sent to another machine"},
	} {
		if got := tt.rules.Withheld(tt.file, false, tt.here); got == "" != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s here %t: %q, want %q", tt.file, tt.here, got, tt.want)
		}
	}
}

// TestFiles runs the cases of testdata/*.txtar: files of a folder, among them
// "want": "PATH" is no secret, "PATH: WHY" is one. The first line of the comment
// has the patterns of the user; "home/" is the user's folder.
func TestFiles(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range cases {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				write(t, filepath.Join(dir, f.Name), string(f.Data))
			}
			first, _, _ := strings.Cut(string(archive.Comment), "\n")
			rules := New(Options{Patterns: strings.Fields(first), Home: filepath.Join(dir, "home"), GitIgnores: func(top string) []string {
				return []string{filepath.Join(top, ".git/info/exclude"), filepath.Join(dir, "home/.config/git/ignore")}
			}})
			for line := range strings.Lines(want) {
				name, why, _ := strings.Cut(strings.TrimSpace(line), ": ")
				name, tracked := strings.CutPrefix(name, "tracked ")
				got := rules.Secret(filepath.Join(dir, name), tracked)
				if got = strings.ReplaceAll(got, dir+"/", ""); got != why {
					t.Errorf("%s: %q, want %q", name, got, why)
				}
			}
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestHostileIgnoreFiles: what stands in the place of a file of patterns is not
// opened, and one that cannot be read forbids.
func TestHostileIgnoreFiles(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "a.go")
	for name, put := range map[string]func(string) error{
		"a folder": func(f string) error { return os.Mkdir(f, 0o700) },
		"a link":   func(f string) error { return os.Symlink("/dev/zero", f) },
		"a pipe":   mkfifo,
		"large":    func(f string) error { return os.WriteFile(f, make([]byte, maxIgnoreFile+1), 0o600) },
	} {
		file := filepath.Join(dir, IgnoreFile)
		if err := put(file); err != nil {
			t.Skip(err)
		}
		if why := New(Options{}).Secret(target, false); !strings.Contains(why, "cannot be read") {
			t.Errorf("%s: %q", name, why)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if why := New(Options{}).Secret(target, false); why != "" {
		t.Error(why)
	}
}

func TestLinksAreAsSecretAsTheirTargets(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".env"), "A=1")
	link := filepath.Join(dir, "notes.txt")
	if err := os.Symlink(".env", link); err != nil {
		t.Skip(err)
	}
	if why := New(Options{}).Secret(link, false); why == "" {
		t.Error("a link to a secret is none")
	}
	if err := os.Mkdir(filepath.Join(dir, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".ssh", filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	if why := New(Options{}).Secret(filepath.Join(dir, "keys", "new", "deploy"), false); why != "" {
		t.Errorf("only what lies in .ssh is a secret: %q", why)
	}
	if why := New(Options{}).Secret(filepath.Join(dir, "keys", "config"), false); why == "" {
		t.Error("a file that is not saved yet, in a linked folder of secrets, is none")
	}
}

func TestIgnoreFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	rules, file := New(Options{}), filepath.Join(dir, "a.go")
	write(t, filepath.Join(dir, IgnoreFile), "b.go\n")
	if why := rules.Secret(file, true); why != "" {
		t.Fatal(why)
	}
	write(t, filepath.Join(dir, IgnoreFile), "b.go\na.go\n")
	if rules.Secret(file, true) == "" {
		t.Error("the new pattern does not hold")
	}
}

func BenchmarkSecret(b *testing.B) {
	dir := b.TempDir()
	file := filepath.Join(dir, "a", "b", "c", "d.go")
	os.MkdirAll(filepath.Dir(file), 0o700)
	os.Mkdir(filepath.Join(dir, ".git"), 0o700)
	os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(strings.Repeat("/build\n*.o\n", 50)), 0o600)
	rules := New(Options{})
	for b.Loop() {
		rules.Secret(file, false)
	}
}
