package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
	"github.com/airside-ls/airside/completion/model/machine"
	"github.com/airside-ls/airside/completion/model/ollama"
	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/settings"
)

const (
	// newTokens and firstTokens are what a model reads and writes between a key and
	// the first words of a suggestion, most of the file read before.
	newTokens, firstTokens = 60, 10
	// patientTimes is how many times the time that a person waits is slow rather
	// than of no use.
	patientTimes = 3
	// unitTokens and findingTokens are what a review reads and writes for a changed
	// function, and reviewWait how many seconds that may take.
	unitTokens, findingTokens, reviewWait = 1000, 150, 60
	// leastReviewer is from how many parameters on a model finds anything.
	leastReviewer = 1_000_000_000
	// measureTimeout bounds the measuring of one model, loading included.
	measureTimeout = 3 * time.Minute
)

// modelTable is what airside models shows: the models of the backends, and the GGUF
// files on this machine that none of them would answer with now.
type modelTable struct {
	options  settings.Options
	backends []model.Backend
	log      *slog.Logger

	rows  []ext.Model
	about map[string]builtin.ModelHeader // by file
	chats map[string]bool                // backends that converse
}

// collect finds the models. current is who answers now.
func (t *modelTable) collect(ctx context.Context, current model.Info) {
	t.rows = listModels(ctx, t.backends, current)
	t.about, t.chats = map[string]builtin.ModelHeader{}, map[string]bool{}
	for _, b := range t.backends {
		t.chats[b.Name()] = b.Converses()
	}
	files := modelFiles(t.options)
	for i := range t.rows {
		m := &t.rows[i]
		switch {
		case m.Error != "":
		case m.Backend == "ollama":
			if s, err := ollama.FindStored(ollamaFolders(), m.Model, ""); err == nil {
				m.File = s.File
			}
		case m.Backend == "llamacpp" && t.options.LlamaCppModel != "":
			m.File = t.options.LlamaCppModel
		case m.Backend == "builtin" && m.File == "" && t.options.BuiltinModel == "":
			m.Bytes = int64(len(tiny.Model()))
			m.MemoryBytes = m.Bytes
		}
	}
	for _, f := range files {
		if !slices.ContainsFunc(t.rows, func(m ext.Model) bool { return m.Backend == "builtin" && m.File == f.path }) {
			row := ext.Model{
				Backend: "builtin", Model: f.name, Bytes: f.bytes, File: f.path,
				Settings: map[string]string{"backend": "builtin", "builtin.model": f.path},
			}
			if row.Current = current.Backend == "builtin" && current.Endpoint == f.path; row.Current {
				row.Why = current.Why
			}
			t.rows = append(t.rows, row)
		}
	}
	for i := range t.rows {
		t.look(&t.rows[i])
	}
	t.rows = slices.DeleteFunc(t.rows, func(m ext.Model) bool {
		_, known := t.about[m.File]
		return m.Backend == "builtin" && m.File != "" && !known && !m.Current && m.Error == "" // the engine cannot run it
	})
	kept, err := completion.LoadStatistics(stateDir())
	if err != nil {
		t.log.Warn("speeds cannot be read", "error", err)
	}
	for _, s := range kept {
		for i := range t.rows {
			if m := &t.rows[i]; m.Backend == s.Backend && m.Model == s.Model {
				m.Read, m.Write = s.Speed.Read, s.Speed.Write
			}
		}
	}
}

// look reads what the file of a row says.
func (t *modelTable) look(m *ext.Model) {
	if m.File == "" {
		return
	}
	about, ok := t.about[m.File]
	if !ok {
		var err error
		if about, err = builtin.Look(m.File, builtin.Options{ContextTokens: t.options.ContextTokens}); err != nil {
			t.log.Info("a file that airside's own engine cannot run", "file", m.File, "error", err)
			return
		}
		t.about[m.File] = about
	}
	m.MemoryBytes = about.Total()
	if m.Bytes == 0 {
		m.Bytes = about.Weights
	}
	m.Code = m.Code || about.Inserts
}

// measure measures every model that can be, with a line of progress on a terminal.
func (t *modelTable) measure(ctx context.Context, line *progressLine) error {
	defer line.clear()
	var errs []error
	for i := range t.rows {
		m := &t.rows[i]
		if m.Error != "" {
			continue
		}
		line.show(fmt.Sprintf("%d/%d  measuring %s (%s)", i+1, len(t.rows), m.Model, m.Backend))
		err := t.measureOne(ctx, m)
		if ctx.Err() != nil {
			return errors.New("interrupted; what was measured by then is kept")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s (%s) was not measured: %w", m.Model, m.Backend, err))
		}
	}
	return errors.Join(errs...)
}

func (t *modelTable) measureOne(ctx context.Context, m *ext.Model) error {
	if free := machine.Now().Free; m.MemoryBytes > 0 && free > 0 && m.MemoryBytes > free {
		return fmt.Errorf("it needs %s of memory, and %s are free", size(m.MemoryBytes), size(free))
	}
	ctx, cancel := context.WithTimeout(ctx, measureTimeout)
	defer cancel()
	b, own := t.backendOf(m)
	if own {
		defer b.Close()
	}
	speed, err := completion.Measure(ctx, b)
	if err != nil {
		return err
	}
	m.Read, m.Write = speed.Read, speed.Write
	return completion.SaveSpeed(stateDir(), model.Info{Backend: m.Backend, Model: m.Model}, speed)
}

// backendOf answers with the model of a row; own says that it was made for it.
func (t *modelTable) backendOf(m *ext.Model) (b model.Backend, own bool) {
	o := t.options
	switch {
	case m.Backend == "ollama":
		o.OllamaModel = m.Model
		return newOllama(o, t.log), true
	case m.Backend == "builtin" && m.File != "":
		return builtin.NewBackend(m.File, builtin.Options{ContextTokens: o.ContextTokens}), true
	case m.Backend == "openai":
		o.OpenAIModel = m.Model
		return newOpenAI(o, t.log), true
	}
	return t.backends[slices.IndexFunc(t.backends, func(b model.Backend) bool { return b.Name() == m.Backend })], false
}

// judge says of each model what it is fit for.
func (t *modelTable) judge() {
	total := machine.Now().Total
	for i := range t.rows {
		m := &t.rows[i]
		if m.Error != "" {
			continue
		}
		about, known := t.about[m.File]
		chats := t.chats[m.Backend]
		if m.Backend == "builtin" {
			chats = known && about.Chats
		}
		here := model.Info{Model: m.Model, Endpoint: t.endpoint(m.Backend)}.Here()
		large := here && total > 0 && m.MemoryBytes > total
		speed := completion.Speed{Read: m.Read, Write: m.Write}
		m.Typing = fitForTyping(m.Code, large, speed, time.Duration(t.options.WaitMs)*time.Millisecond)
		m.Review = fitForReview(chats, large, about.Parameters, speed)
	}
}

// endpoint is where a backend's server is.
func (t *modelTable) endpoint(backend string) string {
	switch backend {
	case "ollama":
		return t.options.OllamaURL
	case "openai":
		return t.options.OpenAIURL
	}
	return t.options.LlamaCppURL
}

func takes(s completion.Speed, read, write float64) time.Duration {
	return time.Duration((read/s.Read + write/s.Write) * float64(time.Second))
}

func fitForTyping(code, large bool, s completion.Speed, wait time.Duration) string {
	switch {
	case large:
		return "too large"
	case !code:
		return "not for code"
	case s.Read == 0 || s.Write == 0:
		return "?"
	}
	took := takes(s, newTokens, firstTokens)
	switch {
	case took <= wait:
		return "yes"
	case took <= patientTimes*wait:
		return fmt.Sprintf("slow, %.1f s", took.Seconds())
	}
	return fmt.Sprintf("no, %.0f s", took.Seconds())
}

func fitForReview(chats, large bool, parameters int64, s completion.Speed) string {
	switch {
	case large:
		return "too large"
	case !chats:
		return "cannot chat"
	case parameters > 0 && parameters < leastReviewer:
		return "too small"
	case s.Read == 0 || s.Write == 0:
		return "?"
	}
	if took := takes(s, unitTokens, findingTokens); took > reviewWait*time.Second {
		return fmt.Sprintf("slow, %.0f s", took.Seconds())
	}
	return "yes"
}

// renderModels is a table of the models, who answers now marked, and below it the
// backends that have none.
func renderModels(p colors, l *catalogue.Language, models []ext.Model) string {
	table := [][]string{{"", "backend", "model", "size", "memory", "reads", "writes", "typing", "review"}}
	var errs []string
	var legend string
	for _, m := range models {
		if m.Error != "" {
			errs = append(errs, fmt.Sprintf("%s %-9s %s\n", p.dim("·"), m.Backend, p.dim(l.Say(printable(m.Error)))))
			continue
		}
		mark := " "
		if m.Current {
			mark, legend = "✓", "✓ "+l.Text("answers now.")+" "
		}
		table = append(table, []string{mark, m.Backend, printable(m.Model), orDash(m.Bytes > 0, size(m.Bytes)), orDash(m.MemoryBytes > 0, size(m.MemoryBytes)),
			orDash(m.Read > 0, perSecond(m.Read)), orDash(m.Write > 0, perSecond(m.Write)), m.Typing, m.Review})
	}
	words := make([][]string, len(table))
	widths := make([]int, len(table[0]))
	for n, row := range table {
		words[n] = slices.Clone(row)
		for i, cell := range row {
			if n == 0 || i >= 7 {
				cell = l.Say(cell)
			}
			words[n][i] = cell
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, row := range table {
		last := len(row)
		for last > 0 && row[last-1] == "" {
			last--
		}
		for i, cell := range words[n][:last] {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == last-1 && (i < 3 || i > 6) {
				pad = ""
			}
			if i >= 3 && i <= 6 { // numbers
				cell = pad + cell
			} else {
				cell += pad
			}
			switch {
			case n == 0:
				cell = p.dim(cell)
			case i == 0, i >= 7 && row[i] == "yes":
				cell = p.green(cell)
			case i >= 7:
				cell = p.dim(cell)
			}
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(cell)
		}
		b.WriteByte('\n')
	}
	b.WriteString(strings.Join(errs, ""))
	b.WriteString("\n" + p.dim(legend+l.Text("Reads, writes: tokens a second, as measured here; --measure measures now.")) + "\n")
	return b.String()
}

func orDash(known bool, text string) string {
	if !known {
		return "–"
	}
	return text
}

func perSecond(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
