package completion

import (
	"slices"
	"sync"
	"time"
)

// maxSamples is how many of the latest latencies of a model are kept.
const maxSamples = 200

// statistics are what is known of each model: in memory only.
type statistics struct {
	mu     sync.Mutex
	models map[modelKey]*modelStats
}

type modelKey struct{ backend, model string }

type modelStats struct {
	latencies []time.Duration // the latest, in no order
	next      int             // the one to be replaced next
}

// of returns the statistics of a model. The lock is held.
func (s *statistics) of(backend, model string) *modelStats {
	if s.models == nil {
		s.models = map[modelKey]*modelStats{}
	}
	k := modelKey{backend, model}
	if s.models[k] == nil {
		s.models[k] = new(modelStats)
	}
	return s.models[k]
}

// answered notes how long a model took.
func (s *statistics) answered(backend, model string, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(backend, model).add(took)
}

func (m *modelStats) add(took time.Duration) {
	if len(m.latencies) < maxSamples {
		m.latencies = append(m.latencies, took)
		return
	}
	m.latencies[m.next%maxSamples] = took
	m.next++
}

// median is a model's median latency, 0 when it was not asked yet.
func (s *statistics) median(backend, model string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.models[modelKey{backend, model}]; m != nil {
		return percentile(m.latencies, 50)
	}
	return 0
}

// percentile is the smallest duration that p percent do not exceed, 0 of none.
func percentile(d []time.Duration, p int) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Clone(d)
	slices.Sort(d)
	return d[(len(d)*p+99)/100-1]
}
