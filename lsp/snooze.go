package lsp

import (
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"time"

	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// longestPause bounds the minutes of a pause that has an end.
const longestPause = 30 * 24 * 60

// snooze is airside.snooze.
func (cs *completions) snooze(run *editor.Invocation) (any, error) {
	pause, err := pauseOf(run, time.Now())
	if err != nil {
		return nil, err
	}
	cs.engine.Pause(pause)
	pause = cs.engine.Paused()
	result := ext.SnoozeResult{Paused: pause.On, Message: pause.String()}
	if !pause.Until.IsZero() {
		result.Until = pause.Until.Format(time.RFC3339)
	}
	return result, nil
}

// pauseOf reads the arguments of airside.snooze.
func pauseOf(run *editor.Invocation, now time.Time) (p completion.Pause, err error) {
	var arguments ext.SnoozeArguments
	var minutes *float64
	if len(run.Arguments) > 0 && json.Unmarshal(run.Arguments[0], &minutes) == nil && minutes != nil {
		arguments.Minutes = *minutes
	} else if err := run.Argument(&arguments); err != nil {
		return p, err
	}
	switch {
	case arguments.UntilRestart:
		return completion.Pause{On: true}, nil
	case arguments.Until != "":
		until, err := time.Parse(time.RFC3339, arguments.Until)
		if err != nil {
			return p, editor.InvalidParams(err)
		}
		return completion.Pause{On: true, Until: until}, nil
	case math.IsNaN(arguments.Minutes) || arguments.Minutes < 0 || arguments.Minutes > longestPause:
		return p, editor.InvalidParams(errors.New("a pause is of 1 to 43200 minutes"))
	case arguments.Minutes == 0:
		return p, nil
	}
	return completion.Pause{On: true, Until: now.Add(time.Duration(arguments.Minutes * float64(time.Minute)))}, nil
}

// switchHere is airside.switch.
func (s *Server) switchHere(run *editor.Invocation) (any, error) {
	var arguments ext.SwitchArguments
	if err := run.Argument(&arguments); err != nil {
		return nil, err
	}
	if arguments.URI == "" {
		return nil, editor.InvalidParams(editor.ErrNoURI)
	}
	d := completion.Document{Path: editor.PathOf(uri.URI(arguments.URI))}
	if open := s.documents.Open(uri.URI(arguments.URI)); open != nil {
		d.Path, d.Language = open.Path, open.Language
	}
	folder := s.folderOf(d.Path)
	where := s.engine.Where()
	now := where.Of(d, folder)
	result := ext.SwitchResult{Language: now.Language, Folder: folder, Settings: map[string][]string{}}
	if on := arguments.Language; on != nil && now.Language != "" {
		where = where.WithLanguage(now.Language, *on)
		result.Settings[completion.LanguagesSetting] = never(where.Languages)
	}
	if on := arguments.Folder; on != nil && folder != "" {
		where = where.WithFolder(folder, *on)
		result.Settings[completion.ExcludeSetting] = never(where.Exclude)
	}
	then := where.Of(d, folder)
	result.LanguageOn, result.FolderOn, result.By = then.LanguageOn, then.FolderOn, then.By
	return result, nil
}

// folderOf is the folder of the editor's that a file lies in, or else its own; ""
// of what is no file.
func (s *Server) folderOf(path string) string {
	if !filepath.IsAbs(path) {
		return ""
	}
	best := ""
	for _, folder := range s.workspace.Folders() {
		if strings.HasPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator)) && len(folder) > len(best) {
			best = folder
		}
	}
	if best == "" {
		return filepath.Dir(path)
	}
	return best
}

// never is a list that is not null in JSON.
func never(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
