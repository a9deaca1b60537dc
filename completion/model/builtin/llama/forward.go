package llama

import (
	"context"
	"math"

	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
)

// state is the activations of a batch while it passes through the layers.
type state struct {
	residual   []float32 // [token, embedding]
	normed     vectors   // residual after a norm: input of query, key, value; gate and up; output
	query      []float32 // [token, head, dim]
	key, value []float32 // [token, kvHead, dim]
	attended   vectors   // [token, head, dim]
	hidden     vectors   // [token, feedForward]
	scratch    []scratch // one for each worker
}

// scratch is a worker's own room.
type scratch struct {
	a, b   []float32 // a piece of rows for each token
	scores []float32 // attention scores of one head and token, whole tiles
}

// rowsPerPiece is how many rows of a matrix a worker claims at once.
const rowsPerPiece = 32

// rowsPerOutputPiece is the same for the much larger output matrix.
const rowsPerOutputPiece = 4 * rowsPerPiece

func newState(m *Model, batch, workers int) *state {
	queryWidth, kvWidth := m.Heads*m.HeadDim, m.KVHeads*m.HeadDim
	s := &state{
		residual: make([]float32, batch*m.Embedding),
		normed:   newVectors(batch, m.Embedding, m.needs),
		query:    make([]float32, batch*queryWidth),
		key:      make([]float32, batch*kvWidth),
		value:    make([]float32, batch*kvWidth),
		attended: newVectors(batch, queryWidth, m.needs),
		hidden:   newVectors(batch, m.FeedForward, m.needs),
		scratch:  make([]scratch, workers),
	}
	for i := range s.scratch {
		s.scratch[i].a = make([]float32, batch*rowsPerPiece)
		s.scratch[i].b = make([]float32, batch*rowsPerPiece)
	}
	return s
}

// forward evaluates tokens at the positions from start, storing their keys and
// values, and the logits after the last scored ones.
func (s *Session) forward(ctx context.Context, tokens []int32, start, scored int) error {
	n := len(tokens)
	m, st := s.model, s.state
	for t, token := range tokens {
		m.embedding.row(st.residual[t*m.Embedding:][:m.Embedding], int(token))
	}
	for layer := range m.blocks {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b := &m.blocks[layer]
		s.norm(n, b.attentionNorm)
		s.queryKeyValue(n, b)
		s.storeKeysAndValues(n, layer, start)
		s.attend(n, layer, start)
		s.addProduct(&b.attentionOutput, &st.attended, n)
		s.norm(n, b.feedForwardNorm)
		s.gateAndUp(n, b)
		s.addProduct(&b.ffnOutput, &st.hidden, n)
	}
	if scored > 0 {
		s.outputLogits(n-scored, scored)
	}
	return nil
}

// tokensPerPiece is how many tokens a worker claims at once: what is done for one
// takes less time than claiming it.
const tokensPerPiece = 8

// eachToken calls body for the tokens of the batch.
func (s *Session) eachToken(n int, body func(token int)) {
	s.workers.run(roundUp(n, tokensPerPiece)/tokensPerPiece, func(_, piece int) {
		for t := piece * tokensPerPiece; t < min((piece+1)*tokensPerPiece, n); t++ {
			body(t)
		}
	})
}

// norm computes normed = rms(residual) · weight for the first n tokens (Zhang
// and Sennrich, 2019, https://arxiv.org/abs/1910.07467).
func (s *Session) norm(n int, weight []float32) {
	s.eachToken(n, func(t int) { s.normToken(t, t, weight) })
}

// normToken norms the residual of token from into place to.
func (s *Session) normToken(to, from int, weight []float32) {
	st, width := s.state, s.model.Embedding
	rmsNorm(st.normed.vector(to), st.residual[from*width:][:width], weight, s.model.RMSEpsilon)
	st.normed.round(to)
}

func rmsNorm(dst, x, weight []float32, epsilon float32) {
	dst, weight = dst[:len(x)], weight[:len(x)]
	var s0, s1, s2, s3 float64 // several sums, so that additions need not wait for each other
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += float64(x[i] * x[i])
		s1 += float64(x[i+1] * x[i+1])
		s2 += float64(x[i+2] * x[i+2])
		s3 += float64(x[i+3] * x[i+3])
	}
	for ; i < len(x); i++ {
		s0 += float64(x[i] * x[i])
	}
	mean := float32(((s0 + s1) + (s2 + s3)) / float64(len(x)))
	scale := 1 / float32(math.Sqrt(float64(mean+epsilon)))
	for i, v := range x {
		dst[i] = float32(v*scale) * weight[i]
	}
}

// queryKeyValue multiplies normed with the three input matrices of attention.
// Their rows are handed out as if they were one matrix.
func (s *Session) queryKeyValue(n int, b *block) {
	st := s.state
	parts := []struct {
		m    *matrix
		bias []float32
		dst  []float32
	}{{&b.query, b.queryBias, st.query}, {&b.key, b.keyBias, st.key}, {&b.value, b.valueBias, st.value}}
	total := 0
	for _, p := range parts {
		total += roundUp(p.m.rows, rowsPerPiece) / rowsPerPiece
	}
	s.workers.run(total, func(worker, piece int) {
		for _, p := range parts {
			pieces := roundUp(p.m.rows, rowsPerPiece) / rowsPerPiece
			if piece < pieces {
				first := piece * rowsPerPiece
				end := min(first+rowsPerPiece, p.m.rows)
				p.m.mul(p.dst[first:], p.m.rows, first, end, &st.normed, n)
				addBias(p.dst, p.bias, first, end, p.m.rows, n)
				return
			}
			piece -= pieces
		}
	})
}

// addBias adds elements first to end of bias, if there is one, to n vectors.
func addBias(dst, bias []float32, first, end, stride, n int) {
	if bias == nil {
		return
	}
	for t := range n {
		for i, v := range bias[first:end] {
			dst[t*stride+first+i] += v
		}
	}
}

// storeKeysAndValues rotates queries and keys to their positions and caches
// keys and values.
func (s *Session) storeKeysAndValues(n, layer, start int) {
	m, st := s.model, s.state
	queryWidth, kvWidth := m.Heads*m.HeadDim, m.KVHeads*m.HeadDim
	s.eachToken(n, func(t int) {
		key, value := st.key[t*kvWidth:][:kvWidth], st.value[t*kvWidth:][:kvWidth]
		s.rope.rotate(st.query[t*queryWidth:][:queryWidth], m.HeadDim, start+t)
		s.rope.rotate(key, m.HeadDim, start+t)
		s.cache.store(layer, start+t, key, value)
	})
}

// attend computes attended = softmax(query · keysᵀ / √dim) · values for each
// head and token, over the positions up to the token's own (Vaswani et al.,
// 2017; with shared key-value heads: Ainslie et al., 2023,
// https://arxiv.org/abs/2305.13245).
func (s *Session) attend(n, layer, start int) {
	m, st := s.model, s.state
	queryWidth := m.Heads * m.HeadDim
	scale := float32(1 / math.Sqrt(float64(m.HeadDim)))
	perKVHead := m.Heads / m.KVHeads
	// A piece is one head for some tokens: heads in the outer place, so that
	// neighbouring pieces read the same keys and values.
	tokenPieces := roundUp(n, tokensPerPiece) / tokensPerPiece
	s.workers.run(m.Heads*tokenPieces, func(worker, piece int) {
		head, firstToken := piece/tokenPieces, piece%tokenPieces*tokensPerPiece
		kv := layer*m.KVHeads + head/perKVHead
		keys, values := s.cache.keys[kv], s.cache.values[kv]
		sc := &st.scratch[worker]
		for t := firstToken; t < min(firstToken+tokensPerPiece, n); t++ {
			positions := start + t + 1
			whole := roundUp(positions, kernel.TilePositions)
			if len(sc.scores) < whole {
				sc.scores = make([]float32, s.cache.capacity)
			}
			scores := sc.scores[:whole]
			at := t*queryWidth + head*m.HeadDim
			kernel.Scores(scores, st.query[at:][:m.HeadDim], keys, scale)
			for p := positions; p < whole; p++ {
				scores[p] = float32(math.Inf(-1))
			}
			kernel.Softmax(scores)
			kernel.WeightedSum(st.attended.floats[inF32][at:][:m.HeadDim], scores[:positions], values)
		}
	})
	s.eachToken(n, st.attended.round)
}

// addProduct adds w · x to the residual of n tokens.
func (s *Session) addProduct(w *matrix, x *vectors, n int) {
	st, width := s.state, s.model.Embedding
	s.workers.run(roundUp(w.rows, rowsPerPiece)/rowsPerPiece, func(worker, piece int) {
		first := piece * rowsPerPiece
		end := min(first+rowsPerPiece, w.rows)
		rows := end - first
		product := st.scratch[worker].a
		w.mul(product, rows, first, end, x, n)
		for t := range n {
			residual := st.residual[t*width+first:][:rows]
			for i, p := range product[t*rows:][:rows] {
				residual[i] += p
			}
		}
	})
}

// gateAndUp computes hidden = SwiGLU(gate · normed, up · normed).
func (s *Session) gateAndUp(n int, b *block) {
	st := s.state
	s.workers.run(roundUp(b.gate.rows, rowsPerPiece)/rowsPerPiece, func(worker, piece int) {
		first := piece * rowsPerPiece
		end := min(first+rowsPerPiece, b.gate.rows)
		rows := end - first
		gate, up := st.scratch[worker].a, st.scratch[worker].b
		b.gate.mul(gate, rows, first, end, &st.normed, n)
		b.up.mul(up, rows, first, end, &st.normed, n)
		for t := range n {
			kernel.SwiGLU(st.hidden.vector(t)[first:end], gate[t*rows:][:rows], up[t*rows:][:rows])
		}
	})
	s.eachToken(n, st.hidden.round)
}

// outputLogits computes the logits after n tokens of the batch from first on.
func (s *Session) outputLogits(first, n int) {
	m, st := s.model, s.state
	for t := range n { // in order: none is overwritten before it is read
		s.normToken(t, first+t, m.outputNorm)
	}
	s.workers.run(roundUp(m.output.rows, rowsPerOutputPiece)/rowsPerOutputPiece, func(worker, piece int) {
		row := piece * rowsPerOutputPiece
		end := min(row+rowsPerOutputPiece, m.output.rows)
		m.output.mul(s.logits[row:], m.output.rows, row, end, &st.normed, n)
	})
}
