package builtin

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/completion/model/builtin/internal/kernel"
	"github.com/airside-ls/airside/completion/model/machine"
)

// Instructions names the best instructions of this processor that the engine uses.
func Instructions() string {
	all := kernel.Levels()
	return all[len(all)-1].String()
}

// Slow tells whether this processor lacks the instructions without which models are
// slow.
func Slow() bool { return len(kernel.Levels()) == 1 }

// gaugeWeights is how many weights are gone through: more than caches hold.
// gaugeColumns is how long their rows are, gaugeBatch how many tokens are read at once.
const (
	gaugeWeights, gaugeColumns, gaugeBatch = 192 << 20, 4096, 16
	gaugeRows                              = 64 // at once
)

// share of what the kernels alone do that a whole model comes to: the rest goes to
// attention, to weights in larger formats and to waiting for each other. A guess: `airside
// models --measure` tells what it is here.
const writeShare, readShare = 0.6, 0.6

// Gauge measures for about d how fast this machine goes through weights in the format
// Q4_K, and returns how many tokens a second a model of so many parameters may be
// expected to read and write.
func Gauge(d time.Duration, parameters int64) (read, write float64) {
	if d <= 0 || parameters <= 0 {
		return 0, 0
	}
	row := kernel.Q4_K.RowBytes(gaugeColumns)
	weights := make([]byte, gaugeWeights/gaugeColumns*row)
	for i := range weights {
		weights[i] = byte(i*7)&0x3f | 1 // scales and weights that are small numbers
	}
	write = gauge(weights, row, 1, d/2) / float64(parameters) * writeShare
	read = gauge(weights, row, gaugeBatch, d/2) / float64(parameters) * readShare
	return read, write
}

// gauge is how many weights are multiplied a second, each with so many tokens, by all
// processors.
func gauge(weights []byte, row, tokens int, d time.Duration) float64 {
	x := kernel.NewActivations(tokens, gaugeColumns, kernel.Q4_K.Super())
	values := make([]float32, gaugeColumns)
	for i := range values {
		values[i] = float32(i%13) - 6
	}
	for t := range tokens {
		x.Quantize(t, values)
	}
	pieces := len(weights) / row / gaugeRows
	var next atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for range machine.Processors() {
		all.Go(func() {
			out := make([]float32, gaugeRows*tokens)
			for time.Since(start) < d {
				at := int(next.Add(1)-1) % pieces * gaugeRows * row
				kernel.Q4_K.Mul(out, gaugeRows, weights[at:at+gaugeRows*row], gaugeRows, gaugeColumns, &x, tokens)
			}
		})
	}
	all.Wait()
	return float64(next.Load()) * gaugeRows * gaugeColumns * float64(tokens) / time.Since(start).Seconds()
}
