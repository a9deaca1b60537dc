package completion

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/private"
)

const (
	// maxSamples is how many of the latest latencies of a model are kept.
	maxSamples = 200
	// maxModels is how many models are remembered; of more, those used last.
	maxModels = 32
	// saveEvery is how often statistics are written while requests come.
	saveEvery = time.Minute
	// statisticsFile is where they are kept, in Options.StateDir.
	statisticsFile = "statistics.json"
	// maxStatisticsFile is far above what maxModels and maxSamples take.
	maxStatisticsFile = 1 << 20
)

// ModelStatistics tells how a model has served on this machine.
type ModelStatistics struct {
	Backend, Model string
	Counts
	P50, P95 time.Duration // from request to answer, of those that asked the model
	Speed    Speed
}

// Counts of requests and of what became of suggestions.
type Counts struct {
	Requests       int `json:"requests"`  // answered, with a suggestion or without
	Cached         int `json:"cached"`    // of these, without asking the model
	Suggested      int `json:"suggested"` // different suggestions given
	Shown          int `json:"shown"`     // of these, told by the editor as shown
	Accepted       int `json:"accepted"`
	PartlyAccepted int `json:"partly_accepted"`
}

func (c *Counts) add(d Counts) {
	c.Requests += d.Requests
	c.Cached += d.Cached
	c.Suggested += d.Suggested
	c.Shown += d.Shown
	c.Accepted += d.Accepted
	c.PartlyAccepted += d.PartlyAccepted
}

// statistics are what this process has seen. What the file does not have yet is
// added to it by save, so that several processes can share the file; of two that
// save in the same moment, one may be lost. They never leave the machine.
type statistics struct {
	saving sync.Mutex
	all    sync.WaitGroup // saves in the background

	mu     sync.Mutex
	dir    string // "" for nowhere
	models map[modelKey]*modelStats
	// earlier is what processes before this one have measured, passed what has
	// passed the self-test.
	earlier map[modelKey]Speed
	passed  map[modelKey]string
	saved   time.Time // last, or when there was nothing to save yet
	news    bool      // there is something to save
	closed  bool
}

type modelKey struct{ backend, model string }

type modelStats struct {
	latencies []time.Duration // the latest of this process, oldest first
	silences  int             // generations without a sign of life, before the first answer
	speed     Speed           // zero until this process has heard it
	unsaved   modelRecord
}

// modelRecord is a model in the file.
type modelRecord struct {
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Counts
	LatenciesMs []float64 `json:"latencies_ms"` // the latest, oldest first
	Speed       Speed     `json:"tokens_per_second,omitzero"`
	Tested      string    `json:"tested,omitzero"` // the model that has passed the self-test; see tested
	Used        time.Time `json:"used"`
}

// change applies f to the statistics of a model.
func (s *statistics) change(backend, model string, f func(*modelStats)) {
	if backend == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.models == nil {
		s.models = map[modelKey]*modelStats{}
	}
	k := modelKey{backend, model}
	if s.models[k] == nil {
		s.models[k] = &modelStats{unsaved: modelRecord{Backend: backend, Model: model}}
	}
	f(s.models[k])
	s.models[k].unsaved.Used = time.Now()
	s.news = true
	s.saveLater()
}

// answered notes how long a model took.
func (s *statistics) answered(backend, model string, took time.Duration) {
	s.change(backend, model, func(m *modelStats) {
		m.latencies = latest(append(m.latencies, took), maxSamples)
		m.unsaved.LatenciesMs = latest(append(m.unsaved.LatenciesMs, milliseconds(took)), maxSamples)
	})
}

// count adds a request.
func (s *statistics) count(t Trace) {
	s.change(t.Backend, t.Model, func(m *modelStats) {
		m.unsaved.Requests++
		if t.Cached {
			m.unsaved.Cached++
		}
		if t.Shown != "" && (t.CachedBy == "" || t.CachedBy == Speculated) {
			m.unsaved.Suggested++
		}
	})
}

// happened adds what became of a suggestion.
func (s *statistics) happened(t Trace, event Event) {
	s.change(t.Backend, t.Model, func(m *modelStats) {
		switch event {
		case Shown:
			m.unsaved.Shown++
		case Accepted:
			m.unsaved.Accepted++
		case PartlyAccepted:
			m.unsaved.PartlyAccepted++
		}
	})
}

// silent notes a generation of which there was no sign in time, and tells whether the
// model had been heard before, or there had been such a one already.
func (s *statistics) silent(backend, model string) (again bool) {
	s.change(backend, model, func(m *modelStats) {
		again = len(m.latencies) > 0 || m.silences > 0
		m.silences++
	})
	return again
}

// median is a model's median latency, 0 when this process has not asked it yet.
func (s *statistics) median(backend, model string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.models[modelKey{backend, model}]; m != nil {
		return percentile(m.latencies, 50)
	}
	return 0
}

// hasPassed tells whether the very model has passed the self-test in an earlier
// process.
func (s *statistics) hasPassed(backend, name, model string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passed[modelKey{backend, name}] == model
}

// keepIn has the statistics saved in dir from now on.
func (s *statistics) keepIn(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if dir != s.dir {
		s.earlier, s.passed = map[modelKey]Speed{}, map[modelKey]string{}
		records, _ := readStatistics(dir) // unreadable: measured anew
		for _, r := range records {
			s.earlier[modelKey{r.Backend, r.Model}] = r.Speed
			s.passed[modelKey{r.Backend, r.Model}] = r.Tested
		}
	}
	s.dir = dir
	if s.saved.IsZero() {
		s.saved = time.Now()
	}
}

// saveLater saves in the background if it is time to. The lock is held.
func (s *statistics) saveLater() {
	if s.closed || s.dir == "" || time.Since(s.saved) < saveEvery {
		return
	}
	s.saved = time.Now()
	s.all.Go(func() { s.save() })
}

// close waits for saves under way and saves the rest.
func (s *statistics) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.all.Wait()
	return s.save()
}

// save adds what is new to the file.
func (s *statistics) save() error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	dir, news := s.dir, []modelRecord{}
	if dir != "" && s.news {
		s.news = false
		for _, m := range s.models {
			if !m.unsaved.Used.IsZero() {
				news = append(news, m.unsaved)
				m.unsaved = modelRecord{Backend: m.unsaved.Backend, Model: m.unsaved.Model}
			}
		}
	}
	s.mu.Unlock()
	if len(news) == 0 {
		return nil
	}
	records, err := readStatistics(dir)
	if err != nil {
		records = nil // unreadable: begin anew
	}
	return writeStatistics(dir, merge(records, news))
}

// merge adds news to the records, those used last first.
func merge(records, news []modelRecord) []modelRecord {
	for _, n := range news {
		i := slices.IndexFunc(records, func(r modelRecord) bool { return r.Backend == n.Backend && r.Model == n.Model })
		if i < 0 {
			records = append(records, n)
			continue
		}
		r := &records[i]
		r.Counts.add(n.Counts)
		r.LatenciesMs = latest(append(r.LatenciesMs, n.LatenciesMs...), maxSamples)
		r.Used = n.Used
		if n.Speed != (Speed{}) {
			r.Speed = n.Speed
		}
		r.Tested = cmp.Or(n.Tested, r.Tested)
	}
	slices.SortStableFunc(records, func(a, b modelRecord) int { return cmp.Compare(b.Used.UnixNano(), a.Used.UnixNano()) })
	return records[:min(len(records), maxModels)]
}

// LoadStatistics reads what engines have kept in a folder, the model used last
// first. Nothing kept yet is no error.
func LoadStatistics(dir string) ([]ModelStatistics, error) {
	records, err := readStatistics(dir)
	var list []ModelStatistics
	for _, r := range records {
		var d []time.Duration
		for _, ms := range r.LatenciesMs {
			d = append(d, time.Duration(ms*float64(time.Millisecond)))
		}
		list = append(list, ModelStatistics{r.Backend, r.Model, r.Counts, percentile(d, 50), percentile(d, 95), r.Speed})
	}
	return list, err
}

func readStatistics(dir string) ([]modelRecord, error) {
	f, err := os.Open(filepath.Join(dir, statisticsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxStatisticsFile))
	if err != nil {
		return nil, err
	}
	var records []modelRecord
	err = json.Unmarshal(text, &records)
	return records, err
}

// writeStatistics replaces the file: whole and on the disk, or not at all.
func writeStatistics(dir string, records []modelRecord) error {
	text, err := json.Marshal(records)
	if err != nil {
		return err
	}
	return private.Replace(filepath.Join(dir, statisticsFile), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

func latest[T any](list []T, n int) []T {
	if over := len(list) - n; over > 0 {
		list = append(list[:0], list[over:]...)
	}
	return list
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

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
