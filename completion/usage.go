package completion

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/private"
)

const (
	// usageFile and usageBefore, in Options.StateDir, are what became of suggestions,
	// and what of it was there before the user began anew.
	usageFile, usageBefore = "usage.json", "usage-before.json"
	// usageDays is for how many days uses are told apart by the day.
	usageDays = 90
	// maxUses is how many lines are kept; of more, the days longest ago are told apart
	// no more, and then what was used least is dropped.
	maxUses = 2000
)

// Use is what became of the suggestions of one day, in one language, by one model.
type Use struct {
	Day        string `json:"day"` // 2006-01-02 here; "" for days that are long ago
	Language   string `json:"language"`
	Backend    string `json:"backend"`
	Model      string `json:"model"`
	Shown      int    `json:"shown"`
	Taken      int    `json:"taken"`      // of these, as a whole or in part
	Characters int    `json:"characters"` // that nobody had to type
}

// key is Use without its numbers.
func (u Use) key() Use {
	u.Shown, u.Taken, u.Characters = 0, 0, 0
	return u
}

// Usage is what became of suggestions on this machine.
type Usage struct {
	Uses   []Use             // the earliest first
	Models []ModelStatistics // how they serve, the one used last first
	Undo   bool              // what was there before the user began anew is still there
}

// uses are what this process has seen become of suggestions. They are kept as
// statistics are.
type uses struct {
	saves saves

	mu      sync.Mutex
	dir     string // "" for nowhere
	unsaved []Use
}

func (us *uses) keepIn(dir string) {
	us.mu.Lock()
	defer us.mu.Unlock()
	us.dir = dir
	us.saves.begin()
}

// add counts what became of a suggestion now.
func (us *uses) add(t Trace, u Use) {
	if u == (Use{}) || t.Backend == "" {
		return
	}
	u.Day, u.Language, u.Backend, u.Model = time.Now().Format(time.DateOnly), t.Language, t.Backend, t.Model
	us.mu.Lock()
	defer us.mu.Unlock()
	us.unsaved = addUses(us.unsaved, u)
	if us.dir != "" {
		us.saves.later(us.save)
	}
}

// save adds what is new to the file; see saves.
func (us *uses) save() error {
	us.mu.Lock()
	dir, news := us.dir, us.unsaved
	if dir != "" {
		us.unsaved = nil
	}
	us.mu.Unlock()
	if dir == "" || len(news) == 0 {
		return nil
	}
	err := aloneWithUses(dir, func() error {
		kept, _ := readUses(dir, usageFile) // unreadable: begun anew
		return writeKept(filepath.Join(dir, usageFile), boundUses(addUses(kept, news...), time.Now()))
	})
	if err != nil { // a full disk: the next time
		us.mu.Lock()
		us.unsaved = boundUses(addUses(news, us.unsaved...), time.Now())
		us.mu.Unlock()
	}
	return err
}

// aloneWithUses does something to the files of a folder while no other process does.
func aloneWithUses(dir string, do func() error) error {
	return private.Alone(filepath.Join(dir, usageFile), do)
}

// addUses adds up what has one key.
func addUses(list []Use, more ...Use) []Use {
	at := make(map[Use]int, len(list))
	for i, u := range list {
		at[u.key()] = i
	}
	for _, u := range more {
		i, ok := at[u.key()]
		if !ok {
			at[u.key()] = len(list)
			list = append(list, u)
			continue
		}
		list[i].Shown += u.Shown
		list[i].Taken += u.Taken
		list[i].Characters += u.Characters
	}
	return list
}

// boundUses puts the earliest first, and bounds how many there are.
func boundUses(list []Use, now time.Time) []Use {
	list = withoutDaysBefore(list, DayBefore(now, usageDays-1))
	if len(list) > maxUses {
		list = withoutDaysBefore(list, list[len(list)-maxUses/2].Day)
	}
	if len(list) > maxUses {
		slices.SortStableFunc(list, func(a, b Use) int { return cmp.Compare(b.Shown+b.Taken, a.Shown+a.Taken) })
		list = withoutDaysBefore(list[:maxUses], "")
	}
	return list
}

// DayBefore is the day some days before now, as in Use. A day has 23 hours where clocks
// go forward, and some lack their midnight: noon every day has.
func DayBefore(now time.Time, days int) string {
	y, m, d := now.Date()
	return time.Date(y, m, d-days, 12, 0, 0, 0, now.Location()).Format(time.DateOnly)
}

// withoutDaysBefore tells the days before one apart no more, and puts the earliest
// first.
func withoutDaysBefore(list []Use, first string) []Use {
	var merged []Use
	for _, u := range list {
		if u.Day < first {
			u.Day = ""
		}
		merged = append(merged, u)
	}
	merged = addUses(nil, merged...)
	slices.SortStableFunc(merged, func(a, b Use) int { return cmp.Compare(a.Day, b.Day) })
	return merged
}

func readUses(dir, name string) (list []Use, err error) {
	err = readKept(filepath.Join(dir, name), &list)
	return list, err
}

// LoadUsage reads what engines have kept in a folder. Nothing kept yet is no error.
func LoadUsage(dir string) (Usage, error) {
	list, err := readUses(dir, usageFile)
	models, errModels := LoadStatistics(dir)
	_, before := os.Stat(filepath.Join(dir, usageBefore))
	return Usage{Uses: list, Models: models, Undo: before == nil}, errors.Join(err, errModels)
}

// ForgetUsage begins to count anew in a folder. What was there is put aside, in the
// place of what was put aside before. How fast models are is still known: airside
// goes by it.
func ForgetUsage(dir string) error {
	return aloneWithUses(dir, func() error {
		err := os.Rename(filepath.Join(dir, usageFile), filepath.Join(dir, usageBefore))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// RestoreUsage takes ForgetUsage back, and keeps what was counted since.
func RestoreUsage(dir string) error {
	return aloneWithUses(dir, func() error { return restoreUsage(dir) })
}

func restoreUsage(dir string) error {
	before, err := readUses(dir, usageBefore)
	if err != nil || before == nil {
		return errors.Join(err, errNothingAside(before))
	}
	since, err := readUses(dir, usageFile)
	if err != nil {
		return err
	}
	if err := writeKept(filepath.Join(dir, usageFile), boundUses(addUses(before, since...), time.Now())); err != nil {
		return err
	}
	return os.Remove(filepath.Join(dir, usageBefore))
}

func errNothingAside(before []Use) error {
	if before == nil {
		return errors.New("nothing was put aside that could be taken back")
	}
	return nil
}

// Usage is what became of suggestions on this machine, by this process and others.
func (e *Engine) Usage() (Usage, error) {
	dir, err := e.savedIn()
	if err != nil {
		return Usage{}, err
	}
	return LoadUsage(dir)
}

// ForgetUsage begins to count anew; see the function ForgetUsage.
func (e *Engine) ForgetUsage() error {
	dir, err := e.savedIn()
	if err != nil {
		return err
	}
	return e.uses.saves.alone(func() error { return ForgetUsage(dir) })
}

// RestoreUsage takes ForgetUsage back.
func (e *Engine) RestoreUsage() error {
	dir, err := e.savedIn()
	if err != nil {
		return err
	}
	return e.uses.saves.alone(func() error { return RestoreUsage(dir) })
}

// savedIn saves what is not saved yet, and tells where.
func (e *Engine) savedIn() (dir string, err error) {
	e.mu.Lock()
	dir = e.opts.StateDir
	e.mu.Unlock()
	if dir == "" {
		return "", errors.New("nothing is counted: there is no folder to keep it in")
	}
	return dir, errors.Join(e.uses.saves.alone(e.uses.save), e.stats.saves.alone(e.stats.save))
}
