package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// recordLine is a line of a record: an answer and what it was asked for.
type recordLine struct {
	Key string `json:"key"`
	answer
}

// key names a question: who was asked how, and for what.
func (m *measurement) key(way string, p place) string {
	return fmt.Sprintf("%s %s, context %d, wait %v, seed %d: %s: %s %s:%d %q", m.options.backend, m.model, m.context, m.wait, m.Seed, way, p.Repository, p.Path, p.At, p.Want)
}

// readRecord reads the answers of a file, of which there need not be one.
func readRecord(path string) (map[string]answer, error) {
	known := map[string]answer{}
	if path == "" {
		return known, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recordLine
		if json.Unmarshal(lines.Bytes(), &r) == nil { // the last line of a run that was ended may be half
			known[r.Key] = r.answer
		}
	}
	return known, lines.Err()
}

// keep adds an answer to a record, "" for none.
func keep(path, key string, a answer) error {
	if path == "" {
		return nil
	}
	line, err := json.Marshal(recordLine{key, a})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// late tells whether no further place is to be begun.
func (m *measurement) late() bool { return !m.until.IsZero() && time.Now().After(m.until) }

// parts are places by language and repository.
func parts(places []place) (list [][]place) {
	for i, p := range places {
		if i == 0 || p.Title != places[i-1].Title || p.Repository != places[i-1].Repository {
			list = append(list, nil)
		}
		list[len(list)-1] = append(list[len(list)-1], p)
	}
	return list
}

// keepWhole drops the answers for places at which not all ways have answered, and has
// the others in the order of the places.
func (m *measurement) keepWhole() {
	answers := map[int]int{}
	for _, j := range m.all {
		answers[j.number]++
	}
	m.all = slices.DeleteFunc(m.all, func(j judgement) bool { return answers[j.number] < len(m.ways) })
	slices.SortStableFunc(m.all, func(a, b judgement) int { return a.number - b.number })
}
