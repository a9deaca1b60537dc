package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMergeFile(t *testing.T) {
	const base = "1\n2\n3\n4\n5\n"
	tests := []struct {
		name         string
		ours, theirs string
		flags        []string
		code         int
		want         string // of CURRENT, or of stdout with -p
	}{
		{"clean", "one\n2\n3\n4\n5\n", "1\n2\n3\n4\nfive\n", nil, 0, "one\n2\n3\n4\nfive\n"},
		{"conflict", "1\nA\n3\n4\n5\n", "1\nB\n3\n4\n5\n", []string{"-L", "a", "-L", "b", "-L", "c"}, 1, "1\n<<<<<<< a\nA\n=======\nB\n>>>>>>> c\n3\n4\n5\n"},
		{"two conflicts, printed", "A\n2\n3\n4\nA\n", "B\n2\n3\n4\nB\n", []string{"-p", "-q", "-La", "-Lb", "-Lc", "--diff3"}, 2,
			"<<<<<<< a\nA\n||||||| b\n1\n=======\nB\n>>>>>>> c\n2\n3\n4\n<<<<<<< a\nA\n||||||| b\n5\n=======\nB\n>>>>>>> c\n"},
		{"theirs", "1\nA\n3\n4\n5\n", "1\nB\n3\n4\n5\n", []string{"--theirs"}, 0, "1\nB\n3\n4\n5\n"},
		{"union", "1\nA\n3\n4\n5\n", "1\nB\n3\n4\n5\n", []string{"--union"}, 0, "1\nA\nB\n3\n4\n5\n"},
		{"marker size", "1\nA\n3\n4\n5\n", "1\nB\n3\n4\n5\n", []string{"--marker-size=3", "-La", "-Lb", "-Lc"}, 1, "1\n<<< a\nA\n===\nB\n>>> c\n3\n4\n5\n"},
		{"binary", "\x00", "1\n", nil, 255, "\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			var files []string
			for name, text := range map[string]string{"ours": tt.ours, "base": base, "theirs": tt.theirs} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{"ours", "base", "theirs"} {
				files = append(files, filepath.Join(dir, name))
			}
			args := append(append([]string{"merge-file"}, tt.flags...), files...)
			code, out, errOut := airside(t, "", nil, args...)
			data, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			got := string(data)
			if out != "" {
				if got != tt.ours {
					t.Errorf("-p wrote CURRENT: %q", got)
				}
				got = out
			}
			if code != tt.code || got != tt.want {
				t.Errorf("code %d, want %d; %q, want %q (%s)", code, tt.code, got, tt.want, errOut)
			}
			if info, _ := os.Stat(files[0]); info.Mode().Perm() != 0o755 {
				t.Errorf("mode %v", info.Mode())
			}
		})
	}
	t.Run("second look", func(t *testing.T) {
		const base = "package p\n\nimport (\n\t\"a\"\n)\n"
		with := func(element string) string { return strings.Replace(base, "\"a\"", "\"a\"\n\t"+element, 1) }
		t.Chdir(t.TempDir())
		for name, text := range map[string]string{".merge_1": with(`"b"`), "o": base, "t": with(`"c"`)} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if code, out, _ := airside(t, "", nil, "merge-file", "-p", "--second-look", ".merge_1", "o", "t"); code != 1 || !strings.Contains(out, "<<<<<<<") {
			t.Errorf("of no known language: code %d, %s", code, out)
		}
		code, out, errOut := airside(t, "", nil, "merge-file", "-p", "--second-look", "--path", "p.go", ".merge_1", "o", "t")
		if code != 0 || out != with("\"b\"\n\t\"c\"") || errOut != "p.go:5-6: merged by syntax: additions to imports\n" {
			t.Errorf("code %d, %q, %q", code, out, errOut)
		}
		value := func(v, element string) string { return with(element) + "\nfunc f() int {\n\treturn " + v + "\n}\n" }
		for name, text := range map[string]string{"c": value("1", `"b"`), "o": value("2", `"d"`), "t": value("3", `"c"`)} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile("o", []byte(strings.Replace(value("2", ""), "\n\t\n", "\n", 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		code, out, errOut = airside(t, "", nil, "merge-file", "-p", "--second-look", "--path", "p.go", "c", "o", "t")
		if code != 1 || !strings.Contains(out, "\t\"b\"\n\t\"c\"\n") || strings.Count(out, "<<<<<<<") != 1 || !strings.Contains(errOut, "p.go:5-6: merged by syntax: additions to imports\n") {
			t.Errorf("one of two conflicts: code %d, %q\n%s", code, errOut, out)
		}
	})
	if code, _, _ := airside(t, "", nil, "merge-file", "a", "b", "missing"); code != 255 {
		t.Errorf("code %d for a missing file", code)
	}
}
