package main

import (
	"fmt"
	"slices"
)

// figures are those of one model's file with a number of threads.
type figures struct {
	Model   string `json:"model"`
	Format  string `json:"format"`
	Threads int    `json:"threads"`

	Read     pair `json:"read_per_second"`      // tokens
	Generate pair `json:"generated_per_second"` // tokens
	First    pair `json:"first_token_ms"`

	// AnonymousMiB is the engine's memory beside the mapped file and the cache of
	// keys and values, CacheMiB that cache, FileMiB the file.
	AnonymousMiB float64 `json:"anonymous_mib"`
	CacheMiB     float64 `json:"cache_mib"`
	FileMiB      float64 `json:"file_mib"`
	// IdleMS is the processor's time, in milliseconds, in the idle seconds.
	IdleMS float64 `json:"idle_ms"`
}

// pair is one figure of the engine and of llama-server.
type pair struct {
	Here  float64 `json:"here"`
	There float64 `json:"there"`
	Ratio float64 `json:"ratio"` // Here / There
}

func medians(here, there []float64) pair {
	p := pair{Here: median(here), There: median(there)}
	if p.There > 0 {
		p.Ratio = p.Here / p.There
	}
	return p
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

const header = `model format  threads |  read/s  server     x | generated/s  server     x | first ms  server     x | memory + cache, MiB | idle ms`

func (f figures) String() string {
	return fmt.Sprintf("%-5s %-7s %7d | %7.1f %7.1f %5.2f | %11.1f %7.1f %5.2f | %8.1f %7.1f %5.2f | %10.0f + %6.0f | %7.1f",
		f.Model, f.Format, f.Threads,
		f.Read.Here, f.Read.There, f.Read.Ratio,
		f.Generate.Here, f.Generate.There, f.Generate.Ratio,
		f.First.Here, f.First.There, f.First.Ratio,
		f.AnonymousMiB, f.CacheMiB, f.IdleMS)
}
