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
	// FirstP50 and FirstP95 are from sending to the first text; 0 where no backend
	// has told.
	FirstP50, FirstP95 time.Duration
	Speed              Speed
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
// added to it by save, so that several processes can share the file. They never leave
// the machine.
type statistics struct {
	saves saves

	mu     sync.Mutex
	dir    string // "" for nowhere
	models map[modelKey]*modelStats
	// earlier is what processes before this one have measured, passed what has
	// passed the self-test.
	earlier map[modelKey]Speed
	passed  map[modelKey]string
	news    bool // there is something to save
}

type modelKey struct{ backend, model string }

type modelStats struct {
	latencies []time.Duration // the latest of this process, oldest first
	silences  int             // generations in a row without a sign of life
	heard     time.Time       // when it last answered this process
	speed     Speed           // zero until this process has heard it
	unsaved   modelRecord
}

// modelRecord is a model in the file.
type modelRecord struct {
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Counts
	LatenciesMs []float64 `json:"latencies_ms"`            // the latest, oldest first
	FirstMs     []float64 `json:"first_text_ms,omitempty"` // of them, to the first text
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
	if s.dir != "" {
		s.saves.later(s.save)
	}
}

// answered notes how long a model took, and took to its first text; 0 for unknown.
func (s *statistics) answered(backend, model string, took, first time.Duration) {
	s.change(backend, model, func(m *modelStats) {
		m.latencies, m.silences, m.heard = latest(append(m.latencies, took), maxSamples), 0, time.Now()
		m.unsaved.LatenciesMs = latest(append(m.unsaved.LatenciesMs, milliseconds(took)), maxSamples)
		if first > 0 {
			m.unsaved.FirstMs = latest(append(m.unsaved.FirstMs, milliseconds(first)), maxSamples)
		}
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
// model had been heard before, or there had been such a one already, and how many
// there have been since it was heard last.
func (s *statistics) silent(backend, model string) (again bool, times int) {
	s.change(backend, model, func(m *modelStats) {
		again = len(m.latencies) > 0 || m.silences > 0
		m.silences++
		times = m.silences
	})
	return again, times
}

// heardLately tells whether this process has had an answer of a model not long ago, so
// that the model is loaded.
func (s *statistics) heardLately(backend, model string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.models[modelKey{backend, model}]
	return m != nil && !m.heard.IsZero() && time.Since(m.heard) < staysLoaded
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
	s.saves.begin()
}

// save adds what is new to the file; see saves.
func (s *statistics) save() error {
	s.mu.Lock()
	dir, some := s.dir, s.news
	s.mu.Unlock()
	if dir == "" || !some {
		return nil
	}
	return private.Alone(filepath.Join(dir, statisticsFile), func() error { return s.add(dir) })
}

// add is save while no other process does it.
func (s *statistics) add(dir string) error {
	s.mu.Lock()
	news := []modelRecord{}
	if s.news {
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
		r.FirstMs = latest(append(r.FirstMs, n.FirstMs...), maxSamples)
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
		all, first := durations(r.LatenciesMs), durations(r.FirstMs)
		list = append(list, ModelStatistics{
			Backend: r.Backend, Model: r.Model, Counts: r.Counts, Speed: r.Speed,
			P50: percentile(all, 50), P95: percentile(all, 95),
			FirstP50: percentile(first, 50), FirstP95: percentile(first, 95),
		})
	}
	return list, err
}

func durations(ms []float64) []time.Duration {
	var d []time.Duration
	for _, m := range ms {
		d = append(d, time.Duration(m*float64(time.Millisecond)))
	}
	return d
}

func readStatistics(dir string) (records []modelRecord, err error) {
	err = readKept(filepath.Join(dir, statisticsFile), &records)
	return records, err
}

func writeStatistics(dir string, records []modelRecord) error {
	return writeKept(filepath.Join(dir, statisticsFile), records)
}

// readKept reads a file of writeKept's; one that is not there leaves to as it is.
func readKept(file string, to any) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxStatisticsFile))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// writeKept replaces a file: whole and on the disk, or not at all.
func writeKept(file string, what any) error {
	text, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return private.Replace(file, func(w io.Writer) error {
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
