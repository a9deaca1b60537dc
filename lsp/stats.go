package lsp

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// statsDays is how many days are shown one by one.
const statsDays = 30

// stats is airside.stats.
func (cs *completions) stats(run *editor.Invocation) (any, error) {
	var arguments ext.StatsArguments
	if err := run.Argument(&arguments); err != nil {
		return nil, err
	}
	did, err := "", error(nil)
	switch {
	case arguments.Reset && arguments.Undo:
		return nil, editor.InvalidParams(errors.New("reset or undo, not both"))
	case arguments.Reset:
		did, err = StatsForgotten, cs.engine.ForgetUsage()
	case arguments.Undo:
		did, err = StatsRestored, cs.engine.RestoreUsage()
	}
	if err != nil {
		return nil, err
	}
	usage, err := cs.engine.Usage()
	if err != nil {
		return nil, err
	}
	told := EncodeUsage(usage, time.Now(), cs.client.capabilities.Language)
	told.Message = did
	return told, nil
}

// What a reset and its undoing say.
const (
	StatsForgotten = "Counting begins anew. What was counted is put aside and can be taken back until the next reset."
	StatsRestored  = "What was counted before is back."
)

// EncodeUsage is usage as airside.stats tells it, its text in a language.
func EncodeUsage(u completion.Usage, now time.Time, l *catalogue.Language) ext.Stats {
	told := ext.Stats{CanUndo: u.Undo, Languages: []ext.StatsRow{}, Models: []ext.StatsModel{}}
	for before := statsDays - 1; before >= 0; before-- {
		told.Days = append(told.Days, ext.StatsDay{Day: completion.DayBefore(now, before)})
	}
	today := told.Days[statsDays-1].Day
	if len(u.Uses) > 0 {
		told.Since = u.Uses[0].Day
	}
	for _, use := range u.Uses {
		told.Shown += use.Shown
		told.Taken += use.Taken
		told.Characters += use.Characters
		day := min(use.Day, today) // it was tomorrow already where the user has come from
		if i := slices.IndexFunc(told.Days, func(d ext.StatsDay) bool { return d.Day == day }); i >= 0 {
			d := &told.Days[i]
			d.Shown, d.Taken, d.Characters = d.Shown+use.Shown, d.Taken+use.Taken, d.Characters+use.Characters
		}
		l := rowOf(&told.Languages, func(r ext.StatsRow) bool { return r.Name == shown.Text(use.Language) })
		l.Name = shown.Text(use.Language)
		l.Shown, l.Taken, l.Characters = l.Shown+use.Shown, l.Taken+use.Taken, l.Characters+use.Characters
		m := rowOf(&told.Models, func(m ext.StatsModel) bool { return m.Backend == use.Backend && m.Model == shown.Text(use.Model) })
		m.Backend, m.Model = use.Backend, shown.Text(use.Model)
		m.Shown, m.Taken, m.Characters = m.Shown+use.Shown, m.Taken+use.Taken, m.Characters+use.Characters
	}
	for _, s := range u.Models {
		m := rowOf(&told.Models, func(m ext.StatsModel) bool { return m.Backend == s.Backend && m.Model == shown.Text(s.Model) })
		m.Backend, m.Model = s.Backend, shown.Text(s.Model)
		m.Read, m.Write = s.Speed.Read, s.Speed.Write
		m.FirstP50, m.FirstP95 = milliseconds(s.FirstP50), milliseconds(s.FirstP95)
	}
	slices.SortStableFunc(told.Languages, func(a, b ext.StatsRow) int { return cmp.Compare(b.Characters, a.Characters) })
	slices.SortStableFunc(told.Models, func(a, b ext.StatsModel) int { return cmp.Compare(b.Characters, a.Characters) })
	told.Text = statsText(told, l)
	return told
}

// rowOf is the row that fits, a new one if there is none.
func rowOf[T any](rows *[]T, fits func(T) bool) *T {
	i := slices.IndexFunc(*rows, fits)
	if i < 0 {
		var empty T
		i, *rows = len(*rows), append(*rows, empty)
	}
	return &(*rows)[i]
}
