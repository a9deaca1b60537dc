package llama

import "unsafe"

// Parameters is how many numbers the weight matrices are; an embedding that is the
// output too counts once.
func (m *Model) Parameters() (n int64) {
	for _, w := range m.matrices() {
		n += int64(w.rows) * int64(w.cols)
	}
	return n
}

// matrices are the weight matrices, each once.
func (m *Model) matrices() []*matrix {
	list := []*matrix{&m.embedding}
	if unsafe.SliceData(m.output.data) != unsafe.SliceData(m.embedding.data) {
		list = append(list, &m.output)
	}
	for i := range m.blocks {
		b := &m.blocks[i]
		list = append(list, &b.query, &b.key, &b.value, &b.attentionOutput, &b.gate, &b.up, &b.ffnOutput)
	}
	return list
}

// Needs is how much memory, in bytes, a session of m takes, made with o: the
// weights, which are mapped and stay on disk as long as there is room, the keys and
// values of a full context, and the activations of a batch with their logits.
func (m *Model) Needs(o Options) (weights, cache, activations int64) {
	o = o.withDefaults(m)
	for _, w := range m.matrices() {
		weights += int64(len(w.data))
	}
	cache = 4 * 2 * int64(m.Blocks) * int64(m.KVHeads) * int64(m.HeadDim) * int64(o.Context)
	widths := int64(m.Embedding)*4 + int64(m.FeedForward)*2 + int64(m.Heads*m.HeadDim)*4 + int64(m.KVHeads*m.HeadDim)*2
	activations = 4*widths*int64(o.Batch) + 4*maxExtend*int64(m.Vocabulary)
	return weights, cache, activations
}
