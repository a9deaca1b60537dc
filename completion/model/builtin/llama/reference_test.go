package llama

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
)

// reference computes the same network in float64, position by position and
// without a cache, as plainly as it can be written.
type reference struct {
	file *gguf.File
	h    Hyperparameters
}

func (r reference) has(name string) bool {
	_, ok := r.file.Tensor(name)
	return ok
}

// weights decodes a tensor to rows.
func (r reference) weights(name string) [][]float64 {
	t, ok := r.file.Tensor(name)
	if !ok {
		panic(name)
	}
	cols := int(t.Dims[0])
	var flat []float64
	half := func(at int) float64 {
		bits := binary.LittleEndian.Uint16(t.Data[at:])
		sign, exponent, mantissa := bits>>15, int(bits>>10&31), float64(bits&1023)/1024
		v := math.Ldexp(1+mantissa, exponent-15)
		if exponent == 0 {
			v = math.Ldexp(mantissa, -14)
		}
		if sign == 1 {
			v = -v
		}
		return v
	}
	switch t.Type {
	case gguf.F32:
		for at := 0; at < len(t.Data); at += 4 {
			flat = append(flat, float64(math.Float32frombits(binary.LittleEndian.Uint32(t.Data[at:]))))
		}
	case gguf.F16:
		for at := 0; at < len(t.Data); at += 2 {
			flat = append(flat, half(at))
		}
	case gguf.BF16:
		for at := 0; at < len(t.Data); at += 2 {
			flat = append(flat, float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.Data[at:]))<<16)))
		}
	case gguf.Q4_K, gguf.Q6_K: // as the kernel decodes them, which has its own tests
		row := make([]float32, len(t.Data)/blockFormats[t.Type].RowBytes(256)*256)
		blockFormats[t.Type].Decode(row, t.Data)
		for _, v := range row {
			flat = append(flat, float64(v))
		}
	case gguf.Q8_0:
		for at := 0; at < len(t.Data); at += 34 {
			for _, q := range t.Data[at+2 : at+34] {
				flat = append(flat, half(at)*float64(int8(q)))
			}
		}
	}
	var rows [][]float64
	for ; len(flat) > 0; flat = flat[cols:] {
		rows = append(rows, flat[:cols])
	}
	return rows
}

// mul multiplies the named matrix with x, rounded first if that is part of the
// definition, and adds the bias that goes with it.
func (r reference) mul(name string, x []float64) []float64 {
	switch t, _ := r.file.Tensor(name); t.Type {
	case gguf.Q8_0:
		x = roundQ8(x)
	case gguf.Q4_K, gguf.Q6_K:
		x = roundQ8K(x)
	}
	bias := make([]float64, 1<<16)
	if name := strings.TrimSuffix(name, "weight") + "bias"; r.has(name) {
		bias = r.weights(name)[0]
	}
	var out []float64
	for i, row := range r.weights(name) {
		sum := bias[i]
		for c, w := range row {
			sum += w * x[c]
		}
		out = append(out, sum)
	}
	return out
}

func roundQ8(x []float64) []float64 {
	out := make([]float64, len(x))
	for b := 0; b < len(x); b += 32 {
		largest := 0.0
		for _, v := range x[b : b+32] {
			largest = max(largest, math.Abs(v))
		}
		scale := largest / 127
		// To the eleven bits of a half-precision number.
		fraction, exponent := math.Frexp(scale)
		stored := math.Ldexp(math.RoundToEven(fraction*2048), exponent-11)
		for i, v := range x[b : b+32] {
			if scale > 0 {
				out[b+i] = math.RoundToEven(v/scale) * stored
			}
		}
	}
	return out
}

func roundQ8K(x []float64) []float64 {
	out := make([]float64, len(x))
	for b := 0; b < len(x); b += 256 {
		largest := 0.0
		for _, v := range x[b : b+256] {
			largest = max(largest, math.Abs(v))
		}
		for i, v := range x[b : b+256] {
			out[b+i] = math.RoundToEven(v/largest*127) * largest / 127
		}
	}
	return out
}

func (r reference) norm(name string, x []float64) []float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	scale := 1 / math.Sqrt(sum/float64(len(x))+float64(r.h.RMSEpsilon))
	out := make([]float64, len(x))
	for i, w := range r.weights(name)[0] {
		out[i] = x[i] * scale * w
	}
	return out
}

func (r reference) rotate(x []float64, position int) {
	for head := range len(x) / r.h.HeadDim {
		for i := range r.h.RopeDims / 2 {
			angle := float64(position) * math.Pow(r.h.RopeBase, -2*float64(i)/float64(r.h.RopeDims))
			if _, ok := r.file.Tensor("rope_freqs.weight"); ok {
				angle /= r.weights("rope_freqs.weight")[0][i]
			}
			a, b := &x[head*r.h.HeadDim+2*i], &x[head*r.h.HeadDim+2*i+1]
			if r.h.RopeHalves {
				a, b = &x[head*r.h.HeadDim+i], &x[head*r.h.HeadDim+i+r.h.RopeDims/2]
			}
			sin, cos := math.Sincos(angle)
			*a, *b = *a*cos-*b*sin, *a*sin+*b*cos
		}
	}
}

// logits computes the logits after the last of tokens.
func (r reference) logits(tokens []int32) []float64 {
	h := r.h
	var x [][]float64
	embedding := r.weights("token_embd.weight")
	for _, token := range tokens {
		x = append(x, append([]float64(nil), embedding[token]...))
	}
	for layer := range h.Blocks {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", layer, part) }
		var keys, values [][]float64
		for position := range x {
			in := r.norm(name("attn_norm"), x[position])
			query, key := r.mul(name("attn_q"), in), r.mul(name("attn_k"), in)
			r.rotate(query, position)
			r.rotate(key, position)
			keys, values = append(keys, key), append(values, r.mul(name("attn_v"), in))
			attended := make([]float64, len(query))
			for head := range h.Heads {
				kv := head / (h.Heads / h.KVHeads)
				weights := make([]float64, position+1)
				total := 0.0
				for p := range weights {
					score := 0.0
					for d := range h.HeadDim {
						score += query[head*h.HeadDim+d] * keys[p][kv*h.HeadDim+d]
					}
					weights[p] = math.Exp(score / math.Sqrt(float64(h.HeadDim)))
					total += weights[p]
				}
				for p, w := range weights {
					for d := range h.HeadDim {
						attended[head*h.HeadDim+d] += w / total * values[p][kv*h.HeadDim+d]
					}
				}
			}
			addTo(x[position], r.mul(name("attn_output"), attended))
			in = r.norm(name("ffn_norm"), x[position])
			gate, up := r.mul(name("ffn_gate"), in), r.mul(name("ffn_up"), in)
			for i, g := range gate {
				up[i] *= g / (1 + math.Exp(-g))
			}
			addTo(x[position], r.mul(name("ffn_down"), up))
		}
	}
	output := "output.weight"
	if _, untied := r.file.Tensor(output); !untied {
		output = "token_embd.weight"
	}
	return r.mul(output, r.norm("output_norm.weight", x[len(x)-1]))
}

func addTo(x, y []float64) {
	for i, v := range y {
		x[i] += v
	}
}
