package llama

import "github.com/airside-ls/airside/completion/model/builtin/internal/kernel"

// kvCache holds the keys and values of the positions evaluated so far, for each
// layer and key-value head in a slice of its own, in float32. It grows with the
// positions in use.
type kvCache struct {
	headDim  int
	kvHeads  int
	capacity int // positions that there is room for
	// keys lie in tiles of eight positions (see kernel.Scores), values position
	// after position.
	keys, values [][]float32
}

// firstCapacity is the room made at first, in positions.
const firstCapacity = 16 * kernel.TilePositions

func newKVCache(m *Model) *kvCache {
	n := m.Blocks * m.KVHeads
	return &kvCache{headDim: m.HeadDim, kvHeads: m.KVHeads, keys: make([][]float32, n), values: make([][]float32, n)}
}

// reserve makes room for positions, by doubling but not beyond most.
func (c *kvCache) reserve(positions, most int) {
	if positions <= c.capacity {
		return
	}
	capacity := max(c.capacity, firstCapacity)
	for capacity < positions {
		capacity *= 2
	}
	capacity = roundUp(max(min(capacity, most), positions), kernel.TilePositions)
	grow := func(old []float32) []float32 {
		s := make([]float32, capacity*c.headDim)
		copy(s, old)
		return s
	}
	for i := range c.keys {
		c.keys[i] = grow(c.keys[i])
		c.values[i] = grow(c.values[i])
	}
	c.capacity = capacity
}

// store writes key and value, each kvHeads heads, of one position.
func (c *kvCache) store(layer, position int, key, value []float32) {
	tile := position / kernel.TilePositions * kernel.TilePositions
	lane := position % kernel.TilePositions
	for h := range c.kvHeads {
		keys := c.keys[layer*c.kvHeads+h][tile*c.headDim:]
		for d, k := range key[h*c.headDim:][:c.headDim] {
			keys[d*kernel.TilePositions+lane] = k
		}
		copy(c.values[layer*c.kvHeads+h][position*c.headDim:], value[h*c.headDim:][:c.headDim])
	}
}

// roundUp is the least multiple of unit from n.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// bytes is how much memory the cache takes.
func (c *kvCache) bytes() int { return 2 * 4 * len(c.keys) * c.capacity * c.headDim }

// copy takes over the first positions of another cache of the same model.
func (c *kvCache) copy(from *kvCache, positions int) {
	c.reserve(positions, from.capacity)
	keys := roundUp(positions, kernel.TilePositions) * c.headDim
	for i := range c.keys {
		copy(c.keys[i], from.keys[i][:keys])
		copy(c.values[i], from.values[i][:positions*c.headDim])
	}
}

// each hands out the keys and values of the first positions, part by part, until
// an error.
func (c *kvCache) each(positions int, f func(part []float32) error) error {
	keys := roundUp(positions, kernel.TilePositions) * c.headDim
	for i := range c.keys {
		if err := f(c.keys[i][:keys]); err != nil {
			return err
		}
		if err := f(c.values[i][:positions*c.headDim]); err != nil {
			return err
		}
	}
	return nil
}

// savedBytes is how much each hands out.
func (c *kvCache) savedBytes(positions int) int {
	return 4 * len(c.keys) * c.headDim * (positions + roundUp(positions, kernel.TilePositions))
}
