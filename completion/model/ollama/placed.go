package ollama

import "context"

const psPath = "/api/ps"

// Placement tells where Ollama has the model that answers.
type Placement struct {
	Name   string // as Ollama lists it
	Digest string // of its manifest
	Loaded bool   // it is in memory
	GPU    bool   // a part of it at least is in the memory of a GPU
}

// Placed asks where the model of the latest Probe is. Errors are as in
// [model.Backend].
func (b *Backend) Placed(ctx context.Context) (Placement, error) {
	c, err := b.chosen(ctx)
	if err != nil {
		return Placement{}, err
	}
	var list struct {
		Models []struct {
			Name     string `json:"name"`
			Digest   string `json:"digest"`
			SizeVRAM int64  `json:"size_vram"`
		} `json:"models"`
	}
	if err := b.client.Get(ctx, psPath, &list); err != nil {
		return Placement{}, err
	}
	p := Placement{Name: c.tag.Name, Digest: c.tag.Digest}
	for _, m := range list.Models {
		if m.Digest == c.tag.Digest {
			p.Loaded, p.GPU = true, p.GPU || m.SizeVRAM > 0
		}
	}
	return p, nil
}

// Chosen is the name and the digest of the model of the latest Probe; both are ""
// when it failed.
func (b *Backend) Chosen() (name, digest string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == nil {
		return "", ""
	}
	return b.current.tag.Name, b.current.tag.Digest
}
