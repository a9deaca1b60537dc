//go:build e2e

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// startLlamaServer serves the small model, which knows no JSON and no English,
// with a context that is long enough for a review, and returns its address.
func startLlamaServer(t *testing.T) string {
	t.Helper()
	program := os.Getenv("AIRSIDE_LLAMA_SERVER")
	if program == "" {
		t.Fatal("AIRSIDE_LLAMA_SERVER is not set to a llama-server program")
	}
	cmd := exec.Command(program, "-m", "../../completion/model/builtin/tiny/airside-tiny.gguf",
		"--host", "127.0.0.1", "--port", "0", "-t", "1", "-np", "1", "-c", "8192", "--override-kv", "llama.context_length=int:8192", "--offline")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
		read.Close()
	})
	listening := regexp.MustCompile(`listening on (http://127\.0\.0\.1:\d+)`)
	var said []string
	for lines := bufio.NewScanner(read); lines.Scan(); {
		said = append(said, lines.Text())
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, read)
			return m[1]
		}
	}
	t.Fatalf("it does not listen: %s", strings.Join(said, "\n"))
	return ""
}

// TestE2EReview: a model that writes nonsense writes it as JSON, held to the
// schema by llama-server, and nothing that it says of code that is not there
// gets through.
func TestE2EReview(t *testing.T) {
	url := startLlamaServer(t)
	team := newTeam(t, map[string]string{"a.go": "package a\n\nfunc one() int {\n\treturn 1\n}\n"})
	dir := filepath.Join(team.dir, "first")
	for _, file := range []string{"blank.go", "loop.go", "repeat.go"} { // new files: a unit for each function
		text, err := os.ReadFile(filepath.Join("../../completion/filter", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	review := func(args ...string) (int, reviewJSON) {
		code, out, errOut := airside(t, "", append(os.Environ(), "AIRSIDE_LLAMACPP_URL="+url, "AIRSIDE_BACKEND=llamacpp"), append([]string{"review", "-C", dir, "--json"}, args...)...)
		var got reviewJSON
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v: %s %s", err, out, errOut)
		}
		return code, got
	}
	code, got := review()
	t.Logf("%d units, %d answers, %d malformed, %d findings", got.Units, got.Answers, got.Malformed, len(got.Findings))
	if code != 0 && code != exitFindings || got.NoModel != "" || got.Units < 5 || got.Answers < got.Units || got.Backend != "llamacpp" {
		t.Errorf("code %d, %+v", code, got)
	}
	if got.Malformed > 0 {
		t.Errorf("%d of %d answers are not the JSON that was asked for", got.Malformed, got.Answers)
	}
	for _, f := range got.Findings {
		text, err := os.ReadFile(filepath.Join(dir, f.Path))
		if err != nil || !strings.Contains(string(text), f.Quote) {
			t.Errorf("%+v", f)
		}
	}
	team.git(dir, "add", "-A")
	if _, staged := review("--staged"); staged.Units != got.Units {
		t.Errorf("%d units staged, %d before", staged.Units, got.Units)
	}
	team.git(dir, "commit", "-q", "-m", "two")
	if _, branch := review("--branch", "--rules-only"); branch.Files != got.Files || !strings.HasPrefix(branch.Base, "origin/main (") {
		t.Errorf("%+v", branch)
	}
	if code, clean := review(); code != 0 || clean.Files != 0 || len(clean.Findings) != 0 {
		t.Errorf("%+v", clean)
	}
}

// TestE2EReviewInterrupted: ^C stops the model and prints what was found by
// then.
func TestE2EReviewInterrupted(t *testing.T) {
	url := startLlamaServer(t)
	team := newTeam(t, map[string]string{"a.txt": "a\n"})
	dir := filepath.Join(team.dir, "first")
	text := "package a\n"
	for i := range 40 {
		text += "\nfunc f" + strings.Repeat("x", i) + "() {\n\tfmt.Println(1)\n}\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte(text+"\n<<<<<<< HEAD\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Getenv("AIRSIDE_BINARY"), "review", "-C", dir)
	cmd.Env = append(os.Environ(), "AIRSIDE_LLAMACPP_URL="+url, "AIRSIDE_BACKEND=llamacpp", "XDG_CONFIG_HOME="+t.TempDir())
	read, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(read)
	first, err := out.ReadString('\n') // a rule's finding: the model comes next
	if err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(os.Interrupt)
	rest, _ := io.ReadAll(out)
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(said.String(), "interrupted") || !strings.Contains(first+string(rest), "in 1 changed file since HEAD") {
		t.Errorf("%v\n%s%s\n%s", err, first, rest, said.String())
	}
}
