package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/workspace"
)

const german = "LC_ALL=de_DE.UTF-8"

// TestGermanHelp: every command, each of its flags and all around them have their text in
// German.
func TestGermanHelp(t *testing.T) {
	l := catalogue.For("de")
	has := func(of, english string) {
		if english != "" && l.Text(english) == english {
			t.Errorf("%s says in English: %q", of, english)
		}
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		has(c.CommandPath(), c.Short)
		if strings.Contains(c.Long, "\n\n") && c.Long[:strings.IndexByte(c.Long, '\n')] == c.Short+"." { // see commentsCommand.writing
			has(c.CommandPath(), strings.TrimPrefix(c.Long, c.Short+".\n\n"))
		} else {
			has(c.CommandPath(), c.Long)
		}
		flag := func(f *pflag.Flag) { has(c.CommandPath()+" --"+f.Name, f.Usage) }
		c.Flags().VisitAll(flag)
		c.PersistentFlags().VisitAll(flag)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(rootCommand(stdio{out: closer{io.Discard}, err: io.Discard}, nil, openRepository))
	for _, heading := range helpHeadings {
		has("help", heading)
	}
	has("help", defaultMark)

	for _, test := range []struct {
		args, wants, not string
	}{
		{"--help", "Verwendung:|Befehle:|Hilfe zu jedem Befehl|Hilfe zu airside|„airside [command] --help“ sagt mehr", "Usage|Available|Use \"|help for"},
		{"sync --help", "Verwendung:|Schalter:|(sonst \"error\")|Auflisten, was die Synchronisierung getan hat", "Flags|default \"|newest"},
		{"sync log --help", "Übergreifende Schalter:|(sonst 20)|wie viele höchstens", "Global"},
		{"comments add --help", "Zeilen einer Datei kommentieren.|Der Text ist der von -m", "Comment on"},
		{"review --help", "Beispiele:|# was nicht committet ist", "Examples"},
		{"merge-file --help", "Führt nach Zeilen zusammen|--path %P", "Merges by"},
	} {
		code, out, errOut := airside(t, "", []string{german}, strings.Fields(test.args)...)
		if code != 0 || errOut != "" {
			t.Errorf("%s: code %d, %s", test.args, code, errOut)
		}
		for want := range strings.SplitSeq(test.wants, "|") {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", test.args, want, out)
			}
		}
		for not := range strings.SplitSeq(test.not, "|") {
			if strings.Contains(out, not) {
				t.Errorf("%s: %q in\n%s", test.args, not, out)
			}
		}
	}
	if _, out, _ := airside(t, "", nil, "--help"); !strings.Contains(out, "Usage:") || strings.Contains(out, "Verwendung") {
		t.Errorf("without a language:\n%s", out)
	}
}

// TestGermanErrors: a wrong command line is told in German, by whoever says it.
func TestGermanErrors(t *testing.T) {
	for args, want := range map[string]string{
		"bogus":                      "airside: unbekannter Befehl \"bogus\" für \"airside\"; siehe: airside --help\n",
		"sync --bogus":               "airside: unbekannter Schalter: --bogus; siehe: airside sync --help\n",
		"sync -x":                    "airside: unbekannter kurzer Schalter: 'x' in -x; siehe: airside sync --help\n",
		"sync log -n":                "airside: dem Schalter fehlt ein Wert: 'n' in -n; siehe: airside sync log --help\n",
		"complete":                   "airside: nimmt 1 Argumente, es waren 0; siehe: airside complete --help\n",
		"complete x":                 "airside: \"x\" ist nicht FILE:LINE:COL; siehe: airside complete --help\n",
		"trust a b":                  "airside: nimmt höchstens 1 Argumente, es waren 2; siehe: airside trust --help\n",
		"review --json --sarif":      "airside: --json und --sarif schließen einander aus; siehe: airside review --help\n",
		"stats reset":                "airside: hier lässt sich niemand fragen; --yes sagt, dass es so gemeint ist; siehe: airside stats reset --help\n",
		"complete /nowhere/x.go:1:1": "airside: stat /nowhere/x.go: Datei oder Ordner gibt es nicht\n",
	} {
		if _, out, errOut := airside(t, "", []string{german}, strings.Fields(args)...); out != "" || errOut != want {
			t.Errorf("%s: %q, want %q; %s", args, errOut, want, out)
		}
	}
}

// TestGermanOutput: tables and lines for people, with the names in them as they are.
func TestGermanOutput(t *testing.T) {
	l := catalogue.For("de")
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for want, got := range map[string]string{
		"VORGANG  WANN       WAS   BRANCH       ZUSTAND\n7        vor 2 h    sync  in step      IDLE      auf gleichem Stand\n6        vor 3 min  undo  nothing new  unfertig\n": renderLog(false, l, []operation{
			{ID: "7", Kind: "sync", Branch: "in step", Began: now.Add(-2 * time.Hour), Ended: now, State: "IDLE", Message: "in step"},
			{ID: "6", Kind: "undo", Branch: "nothing new", Began: now.Add(-3 * time.Minute)},
		}, now),
		"Es wurde noch nichts synchronisiert.\n": renderLog(false, l, nil, now),
		"↓ 1 neu von Ada\n    0000000000  Ada  main  gerade eben  just now\n": renderNews(false, l, workspace.NewsOf([]gitsync.Arrival{
			{Operation: "9", Branch: "main", When: now, Commits: []gitsync.ArrivedCommit{{Author: "Ada", Subject: "just now"}}},
		}, ""), now),
		"   Backend  Modell  Größe  Speicher  liest  schreibt  Tippen  Review\n✓  ollama   yes         –         –      –         –  ja      zu klein\n\n✓ antwortet jetzt. liest, schreibt: Token je Sekunde, hier gemessen; --measure misst jetzt.\n": renderModels(false, l, []ext.Model{
			{Backend: "ollama", Model: "yes", Current: true, Typing: "yes", Review: "too small"},
		}),
	} {
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
	for args, want := range map[string]string{
		"trust list":       "Noch ist kein Ordner vertrauenswürdig.\n",
		"version":          "(eingebaut)",
		"doctor --network": "airside kann sich an diese wenden und an niemanden sonst:\n",
		"stats":            "Wie sich airside auf diesem Rechner schlägt, den diese Zahlen nie verlassen\n\nNoch wurde nichts gezeigt.\n",
	} {
		t.Setenv("XDG_CACHE_HOME", t.TempDir())
		if _, out, errOut := airside(t, "", []string{german}, strings.Fields(args)...); !strings.Contains(out, want) || errOut != "" {
			t.Errorf("%s:\n%s%swant %s", args, out, errOut, want)
		}
		if _, out, _ := airside(t, "", []string{german}, append(strings.Fields(args), "--json")...); strings.Contains(out, "airside kann sich") || strings.Contains(out, "Wie sich") {
			t.Errorf("%s --json:\n%s", args, out)
		}
	}
}
