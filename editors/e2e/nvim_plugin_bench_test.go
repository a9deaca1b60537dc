//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// novel is what the typist types; the model always knows the next word of it, and
// what to call anything with.
const novel = "offline means that nothing waits for the network "

// BenchmarkE2ENvimKeystroke is the time from a keystroke to the flush with which
// Neovim shows the ghost text for it, with a model that answers at once; eight keys
// a second. "foreseen": the typist ends each word as suggested, and the blank
// behind it brings the next one, which the server has prepared. "asked": the
// parenthesis after a name for which nothing was shown. "busy" has something else
// at work on every core.
//
// AIRSIDE_LLAMA_VIM, if it is set, is a checkout of llama.vim, which is measured beside
// it with the same typist and the same model: "idle/llama.vim".
func BenchmarkE2ENvimKeystroke(b *testing.B) {
	if checkout := os.Getenv("AIRSIDE_LLAMA_VIM"); checkout != "" {
		b.Run("idle/llama.vim", func(b *testing.B) {
			k := startLlamaVim(b, checkout)
			for b.Loop() {
				k.call()
			}
			k.report()
		})
	}
	for _, load := range []string{"idle", "busy"} {
		for name, typist := range map[string]func(*keystrokes){"foreseen": (*keystrokes).word, "asked": (*keystrokes).call} {
			b.Run(load+"/"+name, func(b *testing.B) {
				if load == "busy" {
					occupy(b)
				}
				k := startKeystrokes(b)
				for b.Loop() {
					typist(k)
				}
				k.report()
			})
		}
	}
}

// occupy keeps every core busy.
func occupy(b *testing.B) {
	for range runtime.NumCPU() {
		c := exec.Command("sh", "-c", "while :; do :; done")
		if err := c.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Process.Kill(); c.Wait() })
	}
}

// keystrokes is a typist at Neovim with a watch.
type keystrokes struct {
	b      *testing.B
	u      *ui
	rhythm *time.Ticker
	times  []time.Duration
	typed  int // of novel, in bytes
	calls  int

	want  string    // the ghost text waited for; guarded by u.mu
	drawn time.Time // when it was there; guarded by u.mu
}

func startKeystrokes(b *testing.B) *keystrokes {
	m := startModel(b, knowsNovel)
	k := typistAt(b, startReal(b, "AIRSIDE_NVIM", writeSource(b), m.env()))
	k.u.waitReady()
	k.begin()
	return k
}

func knowsNovel(before string, _ bool) string {
	line := before[strings.LastIndexByte(before, '\n')+1:]
	if name, ok := strings.CutSuffix(line, "("); ok {
		return "argument_of_" + name + ")"
	}
	_, typed, found := strings.Cut(line, "// ")
	if !found {
		return ""
	}
	word, _, _ := strings.Cut(novel[min(len(typed), len(novel)):], " ")
	return word
}

// startLlamaVim is the typist at llama.vim, at its defaults but for the line of figures
// that it draws behind each suggestion.
func startLlamaVim(b *testing.B, checkout string) *keystrokes {
	infill := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			Prefix string `json:"input_prefix"`
			Prompt string `json:"prompt"`
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"content": knowsNovel(ask.Prefix+ask.Prompt, false)}) // curl may be gone
	}))
	b.Cleanup(infill.Close)
	u := startUI(b, "AIRSIDE_NVIM", writeSource(b), nil, "--cmd", "let g:loaded_airside = 1", "--cmd", "set rtp+="+checkout,
		"--cmd", fmt.Sprintf("let g:llama_config = {'endpoint_fim': '%s/infill', 'show_info': 0}", infill.URL),
		"-c", fmt.Sprintf("hi llama_hl_fim_hint guifg=#%06x", ghostColor))
	k := typistAt(b, u)
	k.begin()
	return k
}

func typistAt(b *testing.B, u *ui) *keystrokes {
	k := &keystrokes{b: b, u: u, rhythm: time.NewTicker(time.Second / 8)}
	b.Cleanup(k.rhythm.Stop)
	return k
}

// begin opens a line, and watches the screen.
func (k *keystrokes) begin() {
	k.u.lua("vim.bo.textwidth = 0; vim.bo.formatoptions = ''")
	k.u.keys("1Go")
	k.u.mu.Lock()
	defer k.u.mu.Unlock()
	k.u.onFlush = func() {
		if k.want != "" && k.u.ghostLocked() == k.want {
			k.drawn, k.want = time.Now(), ""
		}
	}
}

// sample presses a key and takes the time until its ghost text is there.
func (k *keystrokes) sample(key, ghost string) {
	<-k.rhythm.C
	k.u.mu.Lock()
	k.want, k.drawn = ghost, time.Time{}
	k.u.mu.Unlock()
	begun := time.Now()
	k.u.send("nvim_input", key)
	k.u.await(ghost, func() bool { return !k.drawn.IsZero() })
	k.times = append(k.times, k.drawn.Sub(begun))
}

// word types the rest of a word of novel and the blank behind it.
func (k *keystrokes) word() {
	if k.typed == 0 { // on the same line: one like the line above is not suggested
		k.u.keys("<Esc>S// ")
	}
	word, rest, _ := strings.Cut(novel[k.typed:], " ")
	for _, key := range word {
		<-k.rhythm.C
		k.u.keys(string(key))
	}
	next, _, _ := strings.Cut(rest, " ")
	if next == "" {
		k.typed = 0
		return
	}
	k.sample("<Space>", next)
	k.typed += len(word) + 1
}

// call types a name and the parenthesis behind it.
func (k *keystrokes) call() {
	k.calls++
	name := fmt.Sprintf("f%d", k.calls)
	k.u.keys("<Esc>S")
	for _, key := range name {
		<-k.rhythm.C
		k.u.keys(string(key))
	}
	k.sample("(", "argument_of_"+name+")")
}

func (k *keystrokes) report() {
	if len(k.times) == 0 {
		return
	}
	at := func(list []time.Duration, share float64) float64 {
		slices.Sort(list)
		return float64(list[int(share*float64(len(list)-1))].Microseconds()) / 1000
	}
	k.b.ReportMetric(at(k.times, 0.5), "p50-ms")
	k.b.ReportMetric(at(k.times, 0.95), "p95-ms")
	k.b.ReportMetric(float64(len(k.times)), "samples")
	var shares []time.Duration
	for _, t := range k.u.traces() { // none where airside is not there
		shares = append(shares, time.Duration(t*float64(time.Millisecond)))
	}
	if len(shares) > 0 {
		k.b.ReportMetric(at(shares, 0.5), "server-p50-ms")
		k.b.ReportMetric(at(shares, 0.95), "server-p95-ms")
	}
	k.b.ReportMetric(0, "ns/op")
}

// traces are the times in milliseconds that the server took for its latest
// requests.
func (u *ui) traces() (times []float64) {
	u.t.Helper()
	text := u.lua(`local c = vim.lsp.get_clients({ name = 'airside' })[1]
		if not c then return '[]' end
		local r = c:request_sync('workspace/executeCommand', { command = 'airside.why' }, 5000, 0)
		return vim.json.encode(r.result)`).(string)
	var list []struct{ TimingsMs struct{ Total float64 } }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		u.t.Fatal(err)
	}
	for _, t := range list {
		times = append(times, t.TimingsMs.Total)
	}
	return times
}
