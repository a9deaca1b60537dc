//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The journeys of this file have each setting of the editor at its default, and a
// model as slow as a laptop's.

// places is how many places a journey waits for a suggestion at; each is an empty
// line of a function of its own.
const places = 20

func writePlaces(t testing.TB) (file string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("// Package store keeps things in files.\npackage store\n\nimport (\n\t\"errors\"\n\t\"os\"\n)\n\nvar errGone = errors.New(\"gone\")\n")
	for n := range places {
		fmt.Fprintf(&b, "\n// Load%[1]d reads what Save%[1]d has written.\nfunc Load%[1]d(path string) ([]byte, error) {\n\tdata%[1]d, err := os.ReadFile(path + \"%[1]d\")\n\n\treturn data%[1]d, nil\n}\n", n)
	}
	dir := filepath.Join(folder(t), "store")
	must(t, os.Mkdir(dir, 0o755))
	file = filepath.Join(dir, "store.go")
	must(t, os.WriteFile(file, []byte(b.String()), 0o644))
	vscodeGit(t, dir, "init", "-q", "-b", "main")
	vscodeGit(t, dir, "add", ".")
	vscodeGit(t, dir, "commit", "-qm", "Load")
	return file
}

// attempts are what is typed at the places, in turn, and what the model goes on
// with there; %d is the place's number. The first has words in the file that begin
// like it, so that the editor's own popup opens; the second has none; behind the
// third there is no word.
var attempts = []attempt{
	{"\tif err", " != nil {\n\t\treturn data%d, err\n\t}"},
	{"\tsize", " := len(data%d)"},
	{"\ttext := ", "string(data%d)"},
}

type attempt struct {
	Typed string `json:"typed"`
	Ghost string `json:"ghost"`
}

// placesModel knows how each attempt goes on.
func placesModel(t testing.TB, pace pace) *scriptedModel {
	place := regexp.MustCompile(`data(\d+), err := os.ReadFile\(.*\)\n(.*)$`)
	return startSlowModel(t, pace, func(before string, _ bool) string {
		if strings.HasSuffix(before, "int {\n\treturn") { // the self-test
			return " a + b"
		}
		if at := place.FindStringSubmatch(before); at != nil {
			for _, a := range attempts {
				if at[2] == a.Typed {
					return strings.ReplaceAll(a.Ghost, "%d", at[1])
				}
			}
		}
		return ""
	})
}

// TestE2ENvimPluginSlow types in Neovim: in the newest at every place, in the
// oldest once of each kind.
func TestE2ENvimPluginSlow(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			u := startReal(t, nvim, writePlaces(t), placesModel(t, laptop).env())
			u.waitReady()
			n := places
			if version == "0.10" {
				n = len(attempts)
			}
			var times []time.Duration
			for n := range n {
				a := attempts[n%len(attempts)]
				ghost := strings.ReplaceAll(a.Ghost, "%d", strconv.Itoa(n))
				u.finish("<Esc>")
				u.command(fmt.Sprintf("call search('data%d, err')", n))
				u.finish("zzjS")
				u.keys(strings.TrimPrefix(a.Typed, "\t")) // it indents by itself
				began := time.Now()
				u.waitGhost(rows(ghost))
				times = append(times, time.Since(began).Round(time.Millisecond))
				u.finish("<Tab>")
				if b := u.buffer(); !strings.Contains(b, "\n"+a.Typed+ghost+"\n") {
					t.Errorf("%q is not in the buffer:\n%s", a.Typed+ghost, b)
				}
			}
			t.Logf("shown at %d of %d places, after %v", len(times), n, times)
		})
	}
}

// rows is a text as [ui.waitGhost] sees it.
func rows(text string) string {
	var rows []string
	for line := range strings.Lines(text) {
		rows = append(rows, strings.TrimSpace(line))
	}
	return strings.Join(rows, "\n")
}

// TestE2EVSCodeSlow types in VS Code.
func TestE2EVSCodeSlow(t *testing.T) {
	c := startCodeServer(t, untouched, placesModel(t, laptop).env(), allTrusted)
	c.world.Folders["code"] = filepath.Dir(writePlaces(t))
	c.world.Places, c.world.Attempts = places, attempts
	c.journeys("slow")
}
