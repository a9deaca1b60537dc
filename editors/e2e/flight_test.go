//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model/realtest"
)

// bareHome is the environment of a user who has nothing yet, with one PATH.
func bareHome(t *testing.T, path string) (env []string, home string) {
	t.Helper()
	home = t.TempDir()
	return []string{"HOME=" + home, "PATH=" + path, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"), "XDG_DATA_HOME=" + filepath.Join(home, ".local/share"),
		"XDG_CACHE_HOME=" + filepath.Join(home, ".cache"), "XDG_STATE_HOME=" + filepath.Join(home, ".local/state"), "TERM=dumb",
		"AIRSIDE_OLLAMA_URL=http://127.0.0.1:1", "AIRSIDE_LLAMACPP_URL=http://127.0.0.1:1"}, home
}

// TestE2EFlightFromStick: somebody with a bare home, no network at all and a model on a
// stick is set up by one command, and doctor agrees: completions come, also in a network
// in which there is nobody.
func TestE2EFlightFromStick(t *testing.T) {
	model := realtest.Path(t, realtest.Qwen05, "")
	stick := t.TempDir()
	if err := os.Symlink(model, filepath.Join(stick, filepath.Base(model))); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for name, to := range map[string]string{"airside": program(t, "AIRSIDE_BINARY"), "nvim": program(t, "AIRSIDE_NVIM")} {
		if err := os.Symlink(to, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	env, home := bareHome(t, bin+":/usr/bin:/bin")
	airside := func(args ...string) (string, time.Duration, error) {
		start := time.Now()
		// unshare: not even this machine's loopback.
		cmd := exec.Command("unshare", append([]string{"-rn", filepath.Join(bin, "airside")}, args...)...)
		cmd.Env, cmd.Dir = env, home
		out, err := cmd.CombinedOutput()
		return string(out), time.Since(start), err
	}
	out, took, err := airside("doctor", "--json")
	var before struct{ OK bool }
	if json.Unmarshal([]byte(out), &before); err != nil || !before.OK {
		t.Errorf("the small model alone: %v\n%s", err, out)
	}
	t.Logf("doctor with the small model: %v", took.Round(time.Millisecond))
	out, took, err = airside("setup", "--model", stick, "--neovim", "--yes")
	if err != nil || !strings.Contains(out, "Ready to fly") {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("setup from the stick: %v\n%s", took.Round(time.Millisecond), out)
	out, took, err = airside("doctor")
	if err != nil || !strings.Contains(out, "qwen2.5-coder-0.5b") || !strings.Contains(out, "set up") {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("doctor with half a billion parameters: %v\n%s", took.Round(time.Millisecond), out)
	out, _, err = airside("doctor", "--prove", "--json")
	var after struct {
		OK, Proved bool
		Review     *struct {
			TookMS float64 `json:"took_ms"`
		}
	}
	if json.Unmarshal([]byte(out), &after); err != nil || !after.OK || !after.Proved || after.Review == nil {
		t.Errorf("%v\n%s", err, out)
	}
	// Neovim reads what was written.
	nvim := exec.Command(filepath.Join(bin, "nvim"), "--headless", "-c", "lua print(vim.lsp.config.airside.cmd[1], vim.lsp.is_enabled('airside'))", "-c", "qa")
	nvim.Env = env
	if said, err := nvim.CombinedOutput(); err != nil || !strings.Contains(string(said), "airside true") {
		t.Errorf("Neovim: %v, %s", err, said)
	}
}

// TestE2EFlightKilled: a fetch that is killed at any moment leaves no file with a
// model's name that is not the model.
func TestE2EFlightKilled(t *testing.T) {
	model := realtest.Path(t, realtest.Qwen05, "")
	env, home := bareHome(t, "/usr/bin:/bin")
	whole := filepath.Join(home, ".local/share/airside/models", filepath.Base(model))
	for i := range 8 {
		cmd := exec.Command(program(t, "AIRSIDE_BINARY"), "models", "pull", model)
		cmd.Env = env
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-ended:
		case <-time.After(time.Duration(i*120+20) * time.Millisecond):
			err := errors.Join(cmd.Process.Kill(), <-ended)
			t.Logf("killed: %v", err)
		}
		if info, err := os.Stat(whole); err == nil && info.Size() != 491400064 {
			t.Fatalf("%d bytes have a model's name", info.Size())
		}
	}
	cmd := exec.Command(program(t, "AIRSIDE_BINARY"), "models", "pull", model)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	left, err := os.ReadDir(filepath.Dir(whole))
	if err != nil || len(left) != 1 || left[0].Name() != filepath.Base(model) {
		t.Errorf("%v, %v", left, err)
	}
}
