package samefile

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/ollama"
	"github.com/airside-ls/airside/completion/private"
)

const (
	// verdictsFile is where it is kept who is faster, in Options.StateDir.
	verdictsFile = "ollama-files.json"
	// maxVerdicts is how many are kept, maxVerdictsFile far above what they take.
	maxVerdicts, maxVerdictsFile = 64, 1 << 18
	// usualRead and usualWritten are the tokens of a usual completion.
	usualRead, usualWritten = 60, 20
	// worthIt is how much of Ollama's time the engine may take at most: below that
	// lies what measuring twice differs by.
	worthIt = 0.9
)

// verdict is what was measured of a model on a machine.
type verdict struct {
	Name    string      `json:"name"`
	Digest  string      `json:"digest"` // of its manifest, and so of its file
	Machine string      `json:"machine"`
	Own     model.Speed `json:"own"`
	Ollama  model.Speed `json:"ollama"`
	Time    time.Time   `json:"time"`
}

// ownIsFaster tells whether a usual completion comes clearly sooner from the engine.
func (v verdict) ownIsFaster() bool {
	return takes(v.Own) < worthIt*takes(v.Ollama)
}

// takes is how many seconds a usual completion takes.
func takes(s model.Speed) float64 {
	if s.Read <= 0 || s.Write <= 0 {
		return 0
	}
	return usualRead/s.Read + usualWritten/s.Write
}

// valid says that both were measured.
func (v verdict) valid() bool { return takes(v.Own) > 0 && takes(v.Ollama) > 0 }

// Compare implements [model.Comparer]. Ollama must have the model in memory already,
// and on no GPU. Both are measured once for a model and a machine.
func (b *Backend) Compare(ctx context.Context, measure func(context.Context, model.Backend) (model.Speed, error)) (changed bool, err error) {
	b.comparing.Lock()
	defer b.comparing.Unlock()
	info, err := b.Backend.Probe(ctx)
	if err != nil || !info.Here() {
		return false, err
	}
	placed, err := b.Placed(ctx)
	if err != nil || !placed.Loaded {
		return false, err
	}
	b.mu.Lock()
	without := b.without[placed.Digest]
	b.mu.Unlock()
	if _, ok := b.verdict(placed.Digest); ok || without {
		return false, nil
	}
	if placed.GPU {
		b.mu.Lock()
		b.without[placed.Digest] = true
		b.mu.Unlock()
		return false, nil
	}
	stored, err := ollama.FindStored(b.options.Folders, placed.Name, placed.Digest)
	if err == nil && b.options.Fits != nil {
		err = b.options.Fits(stored.File)
	}
	if err != nil {
		b.giveUp(placed.Digest, err)
		return false, nil
	}
	own := b.options.Open(stored.File)
	defer own.Close()
	if _, err := own.Probe(ctx); err != nil {
		if ctx.Err() == nil {
			b.giveUp(placed.Digest, err)
		}
		return false, ctx.Err()
	}
	v := verdict{Name: placed.Name, Digest: placed.Digest, Machine: b.options.Machine, Time: time.Now()}
	if v.Ollama, err = measure(ctx, b.Backend); err != nil {
		return false, err
	}
	if v.Own, err = measure(ctx, own); err != nil {
		if ctx.Err() == nil {
			b.giveUp(placed.Digest, err)
		}
		return false, err
	}
	b.log.Info("measured who runs Ollama's file faster", "model", v.Name, "file", stored.File,
		"own", speedText(v.Own), "ollama", speedText(v.Ollama), "own is faster", v.ownIsFaster())
	return v.ownIsFaster(), b.keep(v)
}

// verdict is what is known of a model on this machine.
func (b *Backend) verdict(digest string) (verdict, bool) {
	return b.find(func(v verdict) bool { return v.Digest == digest && digest != "" })
}

// latest is the model that the engine was found to run faster last.
func (b *Backend) latest() (verdict, bool) { return b.find(verdict.ownIsFaster) }

func (b *Backend) find(is func(verdict) bool) (verdict, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.read {
		b.known, b.read = readVerdicts(b.options.StateDir), true
	}
	i := slices.IndexFunc(b.known, func(v verdict) bool { return v.Machine == b.options.Machine && v.valid() && is(v) })
	if i < 0 {
		return verdict{}, false
	}
	return b.known[i], true
}

// keep takes a verdict in, and writes it beside those of other processes.
func (b *Backend) keep(v verdict) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	same := func(old verdict) bool { return old.Digest == v.Digest && old.Machine == v.Machine }
	list := append([]verdict{v}, slices.DeleteFunc(readVerdicts(b.options.StateDir), same)...)
	if b.options.StateDir == "" {
		list = append([]verdict{v}, slices.DeleteFunc(b.known, same)...)
	}
	b.known, b.read = list[:min(len(list), maxVerdicts)], true
	if b.options.StateDir == "" {
		return nil
	}
	text, err := json.Marshal(b.known)
	if err != nil {
		return err
	}
	return private.Replace(filepath.Join(b.options.StateDir, verdictsFile), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// readVerdicts is what was kept; what cannot be read is measured anew.
func readVerdicts(dir string) (list []verdict) {
	if dir == "" {
		return nil
	}
	f, err := os.Open(filepath.Join(dir, verdictsFile))
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxVerdictsFile))
	if err != nil || json.Unmarshal(text, &list) != nil {
		return nil
	}
	return list
}
